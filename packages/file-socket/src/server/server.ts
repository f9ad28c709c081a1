import { checkOptions, checkType, describeValue } from "../options.ts";
import { resolve } from "node:path";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { type Clock, systemClock } from "../process/clock.ts";
import type {
  FileSocketServer,
  FileSocketServerOptions,
  RequestGrant,
  ServerEvent,
  ServerLimits,
  ServerLoad,
} from "../types.ts";
import { completeCapabilities } from "./capabilities.ts";
import { completeLimits } from "./limits.ts";
import { Session } from "./session.ts";

/** Rescan interval in ms, in case a watch event is lost. */
const SCAN_MS = 250;
/** Rescan interval in ms while there is no watch. */
const UNWATCHED_SCAN_MS = 20;
const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;
/** Milliseconds that close() waits for work in progress. */
const CLOSE_GRACE_MS = 1_500;

/**
 * Serves a directory.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` if the directory is a symbolic link, owned by another user, or writable by
 * others, or if the file of answered requests is not private; `FSOCK_LOCKED` if another server serves it; `FSOCK_STORAGE` if
 * it cannot be used.
 * @throws {RangeError} for a limit out of its range.
 * @throws {TypeError} for an unknown option or limit, or an option of another type.
 */
export async function createFileSocketServer<G extends RequestGrant = RequestGrant>(
  options: FileSocketServerOptions<G>,
): Promise<FileSocketServer> {
  checkOptions("options", options, ["dir", "render", "limits", "clock", "onEvent", "about", "capabilities"]);
  const { dir, render, onEvent, about } = options;
  if (typeof dir !== "string" || dir === "") {
    throw new TypeError(`expected dir as the path of a directory, got ${describeValue(dir)}`);
  }
  if (typeof render !== "function") {
    throw new TypeError(`expected render as a function, got ${describeValue(render)}`);
  }
  checkType("onEvent", onEvent, "function");
  checkType("about", about, "function");
  // All grants come from the authority in the same options.
  return new Server(options as unknown as FileSocketServerOptions);
}

/** Keeps one session open: ticks it, opens a new one when the directory is replaced, and backs off after errors. */
class Server implements FileSocketServer {
  readonly dir: string;
  readonly limits: ServerLimits;
  readonly #clock: Clock;
  readonly #emit: (event: ServerEvent) => void;
  readonly #open: () => Session;
  readonly #counts = { overloaded: 0 };
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** End of the current backoff, on the monotonic clock. */
  #retryAt = 0;
  #backoffMs = 0;
  #closing: Promise<void> | undefined;

  constructor(options: FileSocketServerOptions) {
    const { dir, render, limits, clock = systemClock, onEvent, about, capabilities } = options;
    this.dir = resolve(dir);
    this.limits = completeLimits(limits);
    this.#clock = clock;
    this.#emit = (event) => onEvent?.(event);
    const context = {
      render,
      limits: this.limits,
      clock,
      about,
      counts: this.#counts,
      emit: this.#emit,
      attempt: (action: () => void) => this.#attempt(action),
      isBackingOff: () => this.#isBackingOff,
      capabilities: capabilities && completeCapabilities(capabilities, this.dir),
    };
    this.#open = () => Session.open(this.dir, context);
    this.#session = this.#open();
    this.#tick();
  }

  get #isBackingOff(): boolean {
    return this.#clock.monotonic() < this.#retryAt;
  }

  load(): ServerLoad {
    const isServing = this.#session !== undefined && !this.#isBackingOff;
    return { isServing, outstanding: this.#session?.outstanding ?? 0, overloaded: this.#counts.overloaded };
  }

  countUnreadReplies(): number {
    return this.#session?.countUnreadReplies() ?? 0;
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
    session.stopAccepting();
    const until = performance.now() + CLOSE_GRACE_MS;
    for (let rest = CLOSE_GRACE_MS; rest > 0 && !session.isIdle; rest = until - performance.now()) {
      await setTimeoutPromise(Math.min(rest, 5));
    }
    session.close(true);
  }

  #tick(): void {
    if (this.#closing !== undefined) return;
    if (!this.#isBackingOff) {
      this.#attempt(() => {
        if (this.#session?.isInPlace === false) this.#leave();
        this.#session ??= this.#open();
        this.#session.tick();
        // A part of the tick may have failed and started a backoff.
        if (!this.#isBackingOff) this.#endBackoff();
      });
    }
    const isWatched = this.#session?.isWatched ?? true;
    this.#timer = setTimeout(() => this.#tick(), isWatched ? SCAN_MS : UNWATCHED_SCAN_MS);
  }

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
      this.#backOff(error);
    }
  }

  /** Doubles the backoff with each consecutive error, so that a dead disk costs little. */
  #backOff(error: unknown): void {
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(MIN_BACKOFF_MS, this.#backoffMs * 2));
    this.#retryAt = this.#clock.monotonic() + this.#backoffMs;
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    this.#emit({
      type: "storage",
      level: "error",
      message: `cannot use ${this.dir}, trying again in ${this.#backoffMs} ms: ${reason}`,
      fields: { dir: this.dir, code, retryMs: this.#backoffMs },
    });
  }

  #endBackoff(): void {
    if (this.#backoffMs === 0) return;
    this.#backoffMs = 0;
    const message = `${this.dir} can be used again`;
    this.#emit({ type: "recovered", level: "info", message, fields: { dir: this.dir } });
  }
}
