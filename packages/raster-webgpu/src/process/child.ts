import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { RasterError, type RasterizerInfo } from "@gvpie/raster";

import type { AdapterChoice } from "../device.ts";
import {
  type FrameReply,
  type Handshake,
  receive,
  type RenderReply,
  type RenderRequest,
  send,
} from "./messages.ts";

// From TypeScript sources, the child process runs from sources too.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const MAIN = fileURLToPath(new URL(IS_SOURCE ? "child-main.ts" : "child-main.js", import.meta.url));
// On SIGUSR1, Node would open a debugger on a port that every user of the machine may connect to.
const FLAGS = ["--disable-sigusr1", ...(IS_SOURCE ? ["--conditions=@gvpie/source"] : [])];

/** Milliseconds for the process to exit once its socket is closed. */
const SHUTDOWN_TIMEOUT_MS = 500;

/** Characters at the end of stderr that are kept for the report of a death. */
const STDERR_TAIL_LENGTH = 2000;

/** Callbacks of a requested frame that has not arrived yet. */
export interface PendingFrame {
  /** Returns memory for the pixels of the announced frame; undefined to drop them. */
  accept(reply: FrameReply): Uint8ClampedArray | undefined;
  /** Called once the pixels have arrived. */
  finish(reply: FrameReply): void;
  /** Called if there will be no frame: the process has declined or died. */
  decline(): void;
}

/** Timeouts in milliseconds. */
export interface Timeouts {
  /** Until the handshake. */
  readonly startMs: number;
  /** Without a message while frames are pending. */
  readonly frameMs: number;
}

/** A GPU process, from its start to its death. */
export class Child {
  readonly #process: ChildProcess;
  readonly #socket: Socket;
  readonly #stderr: Socket;
  readonly #timeouts: Timeouts;
  readonly #frames = new Map<number, PendingFrame>();
  readonly #handshake = Promise.withResolvers<RasterizerInfo>();
  readonly #death = Promise.withResolvers<string>();
  #stderrTail = "";
  #timer: NodeJS.Timeout | undefined;
  /** The timeout that it exceeded, as the reason of its death. */
  #exceeded: string | undefined;
  #isDead = false;
  /** A pending handshake or shutdown keeps the parent's event loop alive. */
  #pending: "handshake" | "shutdown" | undefined = "handshake";

  constructor({ adapter, hardwareOnly }: AdapterChoice, timeouts: Timeouts) {
    this.#timeouts = timeouts;
    this.#process = spawn(process.execPath, [...FLAGS, MAIN, JSON.stringify({ adapter, hardwareOnly })], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      // Without this variable Dawn prints a warning.
      env: { XDG_RUNTIME_DIR: tmpdir(), ...process.env },
    });
    this.#process.once("error", (error) => this.#die(String(error)));
    const { stderr, socket } = pipesOf(this.#process);
    this.#stderr = stderr;
    this.#socket = socket;
    this.#stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_LENGTH);
    });
    // The process's death is reported instead.
    this.#socket.on("error", () => {});
    this.#process.once("close", (code, signal) => this.#die(signal ?? `exit code ${code}`));
    receive(this.#socket, {
      onHeader: (header) => this.#acceptPayload(header as Handshake | RenderReply),
      onPayload: (header) => this.#settle(header as Handshake | RenderReply),
    });
    // Prevents an unhandled rejection; `death` reports the failure.
    this.#handshake.promise.catch(() => {});
    this.#updateTimer();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves with the reason once it has died. */
  get death(): Promise<string> {
    return this.#death.promise;
  }

  /**
   * Resolves with its adapter once it can render.
   *
   * @throws {RasterError} if it fails to start, with the code of the failure.
   */
  ready(): Promise<RasterizerInfo> {
    return this.#handshake.promise;
  }

  /** Requests a frame. Exactly one of `finish` and `decline` will be called. */
  request(request: RenderRequest, frame: PendingFrame): void {
    if (this.#isDead) return frame.decline();
    this.#frames.set(request.id, frame);
    this.#updateTimer();
    send(this.#socket, request);
  }

  /** Shuts it down, declines pending frames, and resolves once it has died. */
  async end(): Promise<void> {
    this.#pending = "shutdown";
    this.#socket.end();
    this.#updateTimer();
    await this.#death.promise;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #acceptPayload(header: Handshake | RenderReply): Uint8ClampedArray | undefined {
    this.#updateTimer();
    return header.type === "frame" ? this.#frames.get(header.id)?.accept(header) : undefined;
  }

  #settle(header: Handshake | RenderReply): void {
    if (header.type === "ready") {
      this.#pending = undefined;
      // Warnings that drivers print at the start do not explain a later death.
      this.#stderrTail = "";
      this.#handshake.resolve(header.info);
    } else if (header.type === "failed") {
      this.#handshake.reject(new RasterError(header.code, header.message));
    } else {
      const frame = this.#frames.get(header.id);
      this.#frames.delete(header.id);
      if (header.type === "frame") {
        frame?.finish(header);
      } else {
        frame?.decline();
      }
    }
    this.#updateTimer();
  }

  /** Restarts the timeout. While nothing is pending there is none, and the parent process may exit. */
  #updateTimer(): void {
    clearTimeout(this.#timer);
    const isPending = this.#pending !== undefined || this.#frames.size > 0;
    for (const handle of [this.#process, this.#socket, this.#stderr]) handle[isPending ? "ref" : "unref"]();
    if (!isPending || this.#isDead) return;
    const timeoutMs = this.#timeoutMs();
    this.#timer = setTimeout(() => {
      this.#exceeded = `no answer within ${timeoutMs} ms`;
      this.kill();
    }, timeoutMs);
  }

  #timeoutMs(): number {
    if (this.#pending === "shutdown") return SHUTDOWN_TIMEOUT_MS;
    return this.#pending === "handshake" ? this.#timeouts.startMs : this.#timeouts.frameMs;
  }

  #die(status: string): void {
    this.#isDead = true;
    clearTimeout(this.#timer);
    const cause = this.#exceeded ?? status;
    const reason = this.#stderrTail === "" ? cause : `${cause}; stderr: ${this.#stderrTail.trim()}`;
    this.#handshake.reject(new RasterError("RASTER_BACKEND", `the GPU process died: ${reason}`));
    this.#death.resolve(reason);
    for (const frame of this.#frames.values()) frame.decline();
    this.#frames.clear();
  }
}

/** Returns the pipes of a process; unconnected ones if it did not start, for which Node reports an error later. */
function pipesOf({ stdio }: { readonly stdio?: ChildProcess["stdio"] }): Record<"stderr" | "socket", Socket> {
  const [, , stderr, socket] = (stdio ?? []) as (Socket | undefined)[];
  return { stderr: stderr ?? new Socket(), socket: socket ?? new Socket() };
}
