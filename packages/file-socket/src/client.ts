import { FileSocketError, type FileSocketErrorCode } from "./errors.ts";
import { newClientName } from "./lease.ts";
import { Mailbox } from "./mailbox.ts";
import { newId } from "./names.ts";
import { bytesOf, type DecodedReply, type WireError } from "./reply.ts";
import { DEFAULT_HEIGHT, DEFAULT_WIDTH, MAX_TTL_MS } from "./request.ts";
import type {
  ClientPingOptions,
  ClientRenderOptions,
  ClientReply,
  FileSocketClient,
  FileSocketClientOptions,
} from "./types.ts";

/** What no event tells is found this soon. */
const POLL_MS = 50;
/** A file of more than this is given back before the caller goes on: to write the next one anew would take longer. */
const LARGE_BYTES = 262_144;

/**
 * A client of the server in `dir`, which need not run yet: a request waits for it until its timeout. An idle client does
 * not keep the process alive.
 */
export function createFileSocketClient(options: FileSocketClientOptions): FileSocketClient {
  return new Client(options.dir);
}

/** One call of `render` or `ping`, through all its submissions. */
interface Call {
  readonly body: Readonly<Record<string, unknown>>;
  /** Where the pixels go. */
  readonly into: Uint8Array | undefined;
  readonly deadline: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (outcome: DecodedReply | Error) => void;
  /** The submission that may be answered; undefined while the call waits for its turn. */
  id: string | undefined;
}

class Client implements FileSocketClient {
  readonly #dir: string;
  readonly #name = newClientName();
  readonly #calls = new Set<Call>();
  readonly #submitted = new Map<string, Call>();
  readonly #waiting = new Set<Call>();
  #mailbox: Mailbox | undefined;
  /** The last reply that was removed. */
  #cleared = "";
  #limit = 8;
  #poll: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async render(source: string, options: ClientRenderOptions = {}): Promise<ClientReply> {
    const {
      width = DEFAULT_WIDTH,
      height = DEFAULT_HEIGHT,
      background,
      params,
      into,
      signal,
      timeoutMs = 10_000,
    } = options;
    const body = { op: "render_program", code: source, width, height, format: "RGBA", background, params };
    if (into !== undefined && into.byteLength !== width * height * 4) {
      throw new RangeError(`into must have ${width * height * 4} bytes; found ${into.byteLength}`);
    }
    const { header, payload } = await this.#call(body, timeoutMs, signal, into && bytesOf(into));
    if (header.width !== width || header.height !== height) {
      throw new FileSocketError(
        "FSOCK_BAD_REPLY",
        `asked for ${width} × ${height} pixels, got another picture`,
      );
    }
    // A reply with an unusually long header was read elsewhere.
    if (into !== undefined && payload.buffer !== into.buffer) into.set(payload);
    return {
      width,
      height,
      data: into ?? new Uint8ClampedArray(payload.buffer, payload.byteOffset, payload.byteLength),
      backend: header.backend ?? "",
      adapter: header.adapter ?? "",
      queuedMs: header.queuedMs ?? 0,
      renderMs: header.renderMs ?? 0,
    };
  }

  async ping(options: ClientPingOptions = {}): Promise<number> {
    const startedAt = performance.now();
    await this.#call({ op: "ping" }, options.timeoutMs ?? 2_000, options.signal);
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls) this.#end(call, closedError());
    this.#mailbox?.leave();
    this.#mailbox = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call(
    body: Call["body"],
    timeoutMs: number,
    signal: AbortSignal | undefined,
    into?: Uint8Array,
  ): Promise<DecodedReply> {
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TTL_MS) {
      throw new RangeError(`timeoutMs must be an integer from 1 to ${MAX_TTL_MS}; found ${timeoutMs}`);
    }
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedError();
    return new Promise((resolve, reject) => {
      const aborted = (): void => this.#end(call, asError(signal?.reason));
      const call: Call = {
        body,
        into,
        deadline: performance.now() + timeoutMs,
        timer: setTimeout(() => this.#end(call, this.#timeoutError(timeoutMs)), timeoutMs),
        settle: (outcome) => {
          signal?.removeEventListener("abort", aborted);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        },
        id: undefined,
      };
      signal?.addEventListener("abort", aborted);
      this.#calls.add(call);
      this.#waiting.add(call);
      this.#poll ??= setInterval(() => this.#check(), POLL_MS);
      this.#submitWaiting();
    });
  }

  /** Submit as many calls as the server takes from one client. */
  #submitWaiting(): void {
    for (const call of this.#waiting) {
      if (this.#submitted.size >= this.#limit) return;
      try {
        if (!this.#submit(call)) return;
      } catch (error) {
        this.#end(call, asStorageError(error, this.#dir));
      }
    }
  }

  #submit(call: Call): boolean {
    const mailbox = this.#enter();
    if (mailbox === undefined) return false;
    const id = newId();
    const ttlMs = Math.max(1, Math.ceil(call.deadline - performance.now()));
    // Before the file is visible: the reply may be there as soon as it is.
    this.#waiting.delete(call);
    this.#submitted.set(id, call);
    call.id = id;
    const isSubmitted = mailbox.submit(
      id,
      Buffer.from(JSON.stringify(Object.assign({ id, ttlMs }, call.body))),
    );
    if (!isSubmitted) this.#wait(call);
    return isSubmitted;
  }

  #enter(): Mailbox | undefined {
    if (this.#mailbox === undefined) {
      this.#mailbox = Mailbox.enter(this.#dir, this.#name, (id) => this.#arrived(id));
      this.#limit = this.#mailbox?.outstandingLimit ?? this.#limit;
    }
    return this.#mailbox;
  }

  /** Back to those that wait. */
  #wait(call: Call): void {
    if (call.id !== undefined) this.#submitted.delete(call.id);
    call.id = undefined;
    this.#waiting.add(call);
  }

  /** Find what no event has told; where the directory was replaced, submit everything again. */
  #check(): void {
    try {
      if (this.#mailbox?.isInPlace === false) {
        this.#mailbox.leave();
        this.#mailbox = undefined;
        for (const call of this.#submitted.values()) this.#wait(call);
      }
      for (const id of this.#mailbox?.list() ?? []) this.#arrived(id);
    } catch (error) {
      for (const call of this.#calls) this.#end(call, asStorageError(error, this.#dir));
    }
    this.#submitWaiting();
  }

  #arrived(id: string): void {
    const call = this.#submitted.get(id);
    if (call === undefined) {
      // Mostly, the event tells that a reply was removed here. Otherwise it answers a call that has ended.
      if (id !== this.#cleared) this.#clear(id, 0);
      return;
    }
    let outcome: DecodedReply | Error;
    let length = 0;
    try {
      const received = this.#mailbox?.read(id, call.into);
      if (received === undefined) return;
      length = received.fileBytes;
      outcome = received;
    } catch (error) {
      outcome = asStorageError(error, this.#dir);
    }
    // Whoever awaits the reply goes on first. But a large file should be given back before the next one is written.
    if (length > LARGE_BYTES) this.#clear(id, length);
    else setImmediate(() => this.#clear(id, length));
    this.#answered(call, id, outcome);
    this.#submitWaiting();
  }

  #clear(id: string, bytes: number): void {
    this.#cleared = id;
    try {
      this.#mailbox?.clear(id, bytes);
    } catch {
      // What cannot be removed now is removed by the server after a while.
    }
  }

  #answered(call: Call, id: string, outcome: DecodedReply | Error): void {
    if (outcome instanceof Error) return this.#end(call, outcome);
    const { header } = outcome;
    if (header.id !== id) {
      return this.#end(call, new FileSocketError("FSOCK_BAD_REPLY", `the reply to ${id} names ${header.id}`));
    }
    if (header.error === undefined) return this.#end(call, outcome);
    const delayMs = retryDelay(header.error);
    if (delayMs !== undefined && performance.now() + delayMs < call.deadline) {
      this.#submitted.delete(id);
      call.id = undefined;
      setTimeout(() => {
        if (!this.#calls.has(call)) return;
        this.#wait(call);
        this.#submitWaiting();
      }, delayMs);
      return;
    }
    this.#end(call, replyError(header.error));
  }

  #end(call: Call, outcome: DecodedReply | Error): void {
    if (!this.#calls.delete(call)) return;
    clearTimeout(call.timer);
    this.#waiting.delete(call);
    if (call.id !== undefined && this.#submitted.delete(call.id) && outcome instanceof Error) {
      this.#withdraw(call.id);
    }
    if (this.#calls.size === 0) {
      clearInterval(this.#poll);
      this.#poll = undefined;
    }
    call.settle(outcome);
  }

  #withdraw(id: string): void {
    try {
      this.#mailbox?.withdraw(id);
    } catch {
      // The server answers it in vain, and removes the reply after a while.
    }
  }

  #timeoutError(timeoutMs: number): FileSocketError {
    const isServed = this.#mailbox?.isServed ?? false;
    return isServed
      ? new FileSocketError("FSOCK_TIMEOUT", `no reply from ${this.#dir} within ${timeoutMs} ms`)
      : new FileSocketError("FSOCK_NO_SERVER", `no server answers in ${this.#dir}; is gvpie-daemon running?`);
  }
}

const CODES: Readonly<Record<WireError["status"], FileSocketErrorCode>> = {
  bad_request: "FSOCK_BAD_REQUEST",
  bad_program: "FSOCK_BAD_PROGRAM",
  too_large: "FSOCK_TOO_LARGE",
  busy: "FSOCK_BUSY",
  expired: "FSOCK_TIMEOUT",
  internal: "FSOCK_INTERNAL",
  poison: "FSOCK_POISON",
};

function replyError(error: WireError): FileSocketError {
  const { status, code, message, diagnostics, retryAfterMs } = error;
  return new FileSocketError(CODES[status], message, { replyCode: code, diagnostics, retryAfterMs });
}

/** After how long a call should be submitted again; undefined when it should not. */
function retryDelay({ status, retryAfterMs }: WireError): number | undefined {
  if (status === "busy") return retryAfterMs ?? 100;
  // By the server's clock it is too late. By ours, which does not jump, there may be time left.
  return status === "expired" ? 10 : undefined;
}

function closedError(): FileSocketError {
  return new FileSocketError("FSOCK_CLOSED", "the client is closed");
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}

function asStorageError(error: unknown, dir: string): Error {
  if (error instanceof FileSocketError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new FileSocketError("FSOCK_STORAGE", `cannot use ${dir}: ${reason}`, { cause: error });
}
