import { resolve } from "node:path";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { type Clock, systemClock } from "./process/clock.ts";
import { completeLimits } from "./limits.ts";
import { Session } from "./session.ts";
import type { FileSocketServer, FileSocketServerOptions, ServerEvent, ServerLimits } from "./types.ts";

/** What no event tells is found this soon. */
const SCAN_MS = 250;
/** The same while the kernel gives no events. */
const UNWATCHED_SCAN_MS = 20;
const MIN_REST_MS = 50;
const MAX_REST_MS = 5_000;
/** What a job in hand may take when the server closes. */
const CLOSE_GRACE_MS = 1_500;

/**
 * Serve a directory.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` when the directory is a symbolic link, not ours or writable by others;
 * `FSOCK_LOCKED` when another server holds it; `FSOCK_STORAGE` when it cannot be used.
 * @throws {RangeError} for a limit out of its range.
 */
export async function createFileSocketServer(options: FileSocketServerOptions): Promise<FileSocketServer> {
  return new Server(options);
}

class Server implements FileSocketServer {
  readonly dir: string;
  readonly limits: ServerLimits;
  readonly #clock: Clock;
  readonly #emit: (event: ServerEvent) => void;
  readonly #open: () => Session;
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The directory could not be used; nothing is tried before this moment. */
  #restUntil = 0;
  #restMs = 0;
  #closing: Promise<void> | undefined;

  constructor(options: FileSocketServerOptions) {
    const { dir, render, limits, clock = systemClock, onEvent } = options;
    this.dir = resolve(dir);
    this.limits = completeLimits(limits);
    this.#clock = clock;
    this.#emit = (event) => onEvent?.(event);
    const context = {
      render,
      limits: this.limits,
      clock,
      emit: this.#emit,
      attempt: (action: () => void) => this.#attempt(action),
      isResting: () => this.#isResting,
    };
    this.#open = () => Session.open(this.dir, context);
    this.#session = this.#open();
    this.#tick();
  }

  get #isResting(): boolean {
    return this.#clock.monotonic() < this.#restUntil;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    session.stopTaking();
    const until = performance.now() + CLOSE_GRACE_MS;
    for (let rest = CLOSE_GRACE_MS; rest > 0 && !session.isIdle; rest = until - performance.now()) {
      await setTimeoutPromise(Math.min(rest, 5));
    }
    session.close(true);
  }

  #tick(): void {
    if (this.#closing !== undefined) return;
    if (!this.#isResting) {
      this.#attempt(() => {
        if (this.#session?.isInPlace === false) this.#leave();
        this.#session ??= this.#open();
        this.#session.tick();
        // A part of the work may have failed and been reported already.
        if (!this.#isResting) this.#recovered();
      });
    }
    const isWatched = this.#session?.isWatched ?? true;
    this.#timer = setTimeout(() => this.#tick(), isWatched ? SCAN_MS : UNWATCHED_SCAN_MS);
  }

  /** The directory was removed or replaced: what was there is gone. */
  #leave(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.close(false);
    const message = `${this.dir} was removed or replaced`;
    this.#emit({ type: "storage", level: "warn", message, fields: { dir: this.dir } });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#rest(error);
    }
  }

  /** A file operation failed: rest, longer each time, so that a dead disk costs nothing. */
  #rest(error: unknown): void {
    this.#restMs = Math.min(MAX_REST_MS, Math.max(MIN_REST_MS, this.#restMs * 2));
    this.#restUntil = this.#clock.monotonic() + this.#restMs;
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    this.#emit({
      type: "storage",
      level: "error",
      message: `${this.dir} cannot be used now, trying again in ${this.#restMs} ms: ${reason}`,
      fields: { dir: this.dir, code, retryMs: this.#restMs },
    });
  }

  #recovered(): void {
    if (this.#restMs === 0) return;
    this.#restMs = 0;
    this.#emit({
      type: "recovered",
      level: "info",
      message: `${this.dir} is usable again`,
      fields: { dir: this.dir },
    });
  }
}
