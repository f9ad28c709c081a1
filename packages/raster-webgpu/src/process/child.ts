import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { RasterError, type RasterizerInfo } from "@gvpie/raster";

import type { AdapterChoice } from "../device.ts";
import {
  type FrameReply,
  type Greeting,
  receive,
  type RenderReply,
  type RenderRequest,
  send,
} from "./wire.ts";

// Beside TypeScript sources the process runs on sources too.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const MAIN = fileURLToPath(new URL(IS_SOURCE ? "child-main.ts" : "child-main.js", import.meta.url));
const FLAGS = IS_SOURCE ? ["--conditions=@gvpie/source"] : [];

/** Milliseconds for an end when nothing is owed. */
const END_TIMEOUT_MS = 500;

/** How much of its standard error is kept for the report of a death, in characters. */
const LAST_WORDS = 2000;

/** A frame that a process owes. */
export interface Owed {
  /** Where the pixels of the announced frame go; nothing where they are not wanted. */
  accept(reply: FrameReply): Uint8ClampedArray | undefined;
  /** The pixels are there. */
  finish(reply: FrameReply): void;
  /** There will be no frame: the process declines or has died. */
  decline(): void;
}

/** In milliseconds. */
export interface Timeouts {
  /** How long it may take to greet. */
  readonly startMs: number;
  /** How long it may owe frames without sending anything. */
  readonly frameMs: number;
}

/** A process that renders, from its start to its death. */
export class Child {
  readonly #process: ChildProcess;
  readonly #socket: Socket;
  readonly #stderr: Socket;
  readonly #timeouts: Timeouts;
  readonly #owed = new Map<number, Owed>();
  readonly #greeting = Promise.withResolvers<RasterizerInfo>();
  readonly #death = Promise.withResolvers<string>();
  #lastWords = "";
  #timer: NodeJS.Timeout | undefined;
  /** Which deadline it missed. */
  #late: string | undefined;
  #isDead = false;
  /** What keeps this process alive, as frames owed do. */
  #awaited: "greeting" | "end" | undefined = "greeting";

  constructor({ adapter, hardwareOnly }: AdapterChoice, timeouts: Timeouts) {
    this.#timeouts = timeouts;
    this.#process = spawn(process.execPath, [...FLAGS, MAIN, JSON.stringify({ adapter, hardwareOnly })], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      // Without it Dawn complains.
      env: { XDG_RUNTIME_DIR: tmpdir(), ...process.env },
    });
    this.#stderr = this.#process.stdio[2] as Socket;
    this.#socket = this.#process.stdio[3] as Socket;
    this.#stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    // Its death says the same.
    this.#socket.on("error", () => {});
    this.#process.once("error", (error) => this.#die(String(error)));
    this.#process.once("close", (code, signal) => this.#die(signal ?? `exit code ${code}`));
    receive(this.#socket, {
      onHeader: (header) => this.#announce(header as Greeting | RenderReply),
      onPayload: (header) => this.#settle(header as Greeting | RenderReply),
    });
    // Who does not wait for the greeting hears of the death.
    this.#greeting.promise.catch(() => {});
    this.#arm();
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
   * @throws {RasterError} when it cannot, with the code that says why.
   */
  ready(): Promise<RasterizerInfo> {
    return this.#greeting.promise;
  }

  /** Has a frame rendered. Exactly one of `finish` and `decline` will be called. */
  request(request: RenderRequest, owed: Owed): void {
    if (this.#isDead) return owed.decline();
    this.#owed.set(request.id, owed);
    this.#arm();
    send(this.#socket, request);
  }

  /** Waits for its end, which comes soon: what it still owes is not waited for. */
  async end(): Promise<void> {
    this.#awaited = "end";
    this.#socket.end();
    this.#arm();
    await this.#death.promise;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #announce(header: Greeting | RenderReply): Uint8ClampedArray | undefined {
    this.#arm();
    return header.type === "frame" ? this.#owed.get(header.id)?.accept(header) : undefined;
  }

  #settle(header: Greeting | RenderReply): void {
    if (header.type === "ready") {
      this.#awaited = undefined;
      // What drivers say when they start is about no death.
      this.#lastWords = "";
      this.#greeting.resolve(header.info);
    } else if (header.type === "failed") {
      this.#greeting.reject(new RasterError(header.code, header.message));
    } else {
      const owed = this.#owed.get(header.id);
      this.#owed.delete(header.id);
      if (header.type === "frame") owed?.finish(header);
      else owed?.decline();
    }
    this.#arm();
  }

  /** Begins the wait for the next sign of life anew. While nothing is awaited, the process that it serves may exit. */
  #arm(): void {
    clearTimeout(this.#timer);
    const isAwaited = this.#awaited !== undefined || this.#owed.size > 0;
    for (const handle of [this.#process, this.#socket, this.#stderr]) {
      if (isAwaited) handle.ref();
      else handle.unref();
    }
    if (!isAwaited || this.#isDead) return;
    const timeoutMs = this.#timeoutMs();
    this.#timer = setTimeout(() => {
      this.#late = `no answer within ${timeoutMs} ms`;
      this.kill();
    }, timeoutMs);
  }

  #timeoutMs(): number {
    if (this.#awaited === "end") return END_TIMEOUT_MS;
    return this.#awaited === "greeting" ? this.#timeouts.startMs : this.#timeouts.frameMs;
  }

  #die(how: string): void {
    this.#isDead = true;
    clearTimeout(this.#timer);
    const when = this.#late ?? how;
    const reason = this.#lastWords === "" ? when : `${when}; it said: ${this.#lastWords.trim()}`;
    this.#greeting.reject(new RasterError("RASTER_BACKEND", `the GPU process died: ${reason}`));
    this.#death.resolve(reason);
    for (const owed of this.#owed.values()) owed.decline();
    this.#owed.clear();
  }
}
