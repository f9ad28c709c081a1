import type { Socket } from "node:net";

/**
 * The open connections. A new one beyond the limit closes the one that has been without a request for the longest time, so
 * that idle connections, in any number, do not keep a client out.
 */
export class Connections {
  readonly #most: number;
  /** The requests in progress of each, in the order of their last use. */
  readonly #sockets = new Map<Socket, number>();

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket): void {
    this.#sockets.set(socket, 0);
    socket.once("close", () => this.#sockets.delete(socket));
    // A reset while nothing is in progress.
    socket.on("error", () => {});
    if (this.#sockets.size <= this.#most) return;
    for (const [other, requests] of this.#sockets) {
      if (requests > 0) continue;
      this.#sockets.delete(other);
      other.destroy();
      return;
    }
  }

  /** Notes a request. The result notes its end. */
  begin(socket: Socket): () => void {
    this.#change(socket, 1);
    return () => this.#change(socket, -1);
  }

  #change(socket: Socket, by: 1 | -1): void {
    const requests = this.#sockets.get(socket);
    if (requests === undefined) return;
    this.#sockets.delete(socket);
    this.#sockets.set(socket, requests + by);
  }
}
