import type { Socket } from "node:net";

/**
 * The open connections. A new one beyond the limit closes the one that has been without a request for the longest time, or, if
 * all have one, the one whose request began first. So neither idle nor slow connections, in any number, keep a client out, or
 * take more descriptors than the limit.
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
    const others = [...this.#sockets].slice(0, -1);
    const [oldest] = others.find(([, requests]) => requests === 0) ?? others[0] ?? [];
    if (oldest === undefined) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
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
