import { FileSocketError } from "../errors.ts";
import { checkOptions, describeValue } from "../options.ts";
import { newId } from "../protocol/names.ts";
import { bytesOf, type DecodedReply, REUSE_BYTES } from "../protocol/reply.ts";
import type { ExpectedReply } from "../protocol/reply-trust.ts";
import { MAX_TTL_MS } from "../protocol/request.ts";
import type {
  ClientFrames,
  ClientFramesOptions,
  ClientPingOptions,
  ClientRenderOptions,
  ClientReply,
  FileSocketClient,
  FileSocketClientOptions,
} from "../types.ts";
import { asError, asStorageError, closedError, replyError, retryDelay } from "./call-errors.ts";
import { type OpenCapability, openCapability, signRequest } from "./capability.ts";
import { badReply, clamped, pictureOf } from "./picture.ts";
import {
  checkDir,
  checkLength,
  checkSignal,
  FRAMES_OPTION_NAMES,
  PING_OPTION_NAMES,
  RENDER_OPTION_NAMES,
  renderBody,
  type RequestBody,
} from "./request-options.ts";
import { newClientName, SpoolConnection } from "./spool-connection.ts";

/** Rescan interval in ms, in case a watch event is lost. */
const SCAN_MS = 50;

/**
 * Creates a client for the server in `dir`. The server need not be running yet: requests wait for it until they time out.
 * An idle client does not keep the process alive.
 *
 * @throws {TypeError} for an unknown option, or a value of another type.
 * @throws {FileSocketError} `FSOCK_BAD_CAPABILITY`
 */
export function createFileSocketClient(options: FileSocketClientOptions): FileSocketClient {
  checkOptions("options", options, ["dir", "capability"]);
  const { dir, capability } = options;
  checkDir(dir);
  return new Client(dir, capability === undefined ? undefined : openCapability(capability));
}

/** One call of `render` or `ping`. It may be submitted more than once, each time under a new id. */
interface Call {
  readonly body: RequestBody;
  readonly capability: OpenCapability | undefined;
  /** The caller's memory for the pixels. */
  readonly into: Uint8Array | undefined;
  readonly deadline: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (outcome: DecodedReply | Error) => void;
  /** The id of the current submission; undefined while the call waits to be submitted. */
  id: string | undefined;
  /** The facts that the reply to the current submission must have, if it has a capability. */
  expected: ExpectedReply | undefined;
}

/**
 * Keeps the calls of one client and submits as many as the server accepts; the others wait here. It settles each call with
 * its reply, an error, or at its deadline. It reconnects and submits again when the served directory is replaced.
 */
class Client implements FileSocketClient {
  readonly #dir: string;
  readonly #capability: OpenCapability | undefined;
  readonly #name = newClientName();
  readonly #calls = new Set<Call>();
  readonly #submitted = new Map<string, Call>();
  readonly #waiting = new Set<Call>();
  #connection: SpoolConnection | undefined;
  /** The id of the reply that was removed last. */
  #lastRemoved = "";
  #limit = 8;
  #scanTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(dir: string, capability: OpenCapability | undefined) {
    this.#dir = dir;
    this.#capability = capability;
  }

  async render(source: string, options: ClientRenderOptions = {}): Promise<ClientReply> {
    const body = renderBody(source, options, RENDER_OPTION_NAMES);
    const { into, width, height } = options;
    if (into !== undefined && Object.prototype.toString.call(into) !== "[object Uint8ClampedArray]") {
      throw new TypeError(`expected into as a Uint8ClampedArray, got ${describeValue(into)}`);
    }
    if (width !== undefined && height !== undefined) checkLength(into, width * height * 4);
    const reply = await this.#call(body, options, 10_000, into && bytesOf(into));
    const { header, payload } = reply;
    const picture = pictureOf(header, options);
    const bytes = picture.width * picture.height * 4;
    if (payload.byteLength !== bytes) {
      throw badReply(`expected ${bytes} bytes for one frame, got ${payload.byteLength}`);
    }
    checkLength(into, bytes);
    // A reply with an unusually long header was not read into the caller's memory.
    if (into !== undefined && payload.buffer !== into.buffer) into.set(payload);
    return { ...picture, data: into ?? clamped(payload, 0, bytes) };
  }

  async renderFrames(source: string, options: ClientFramesOptions = {}): Promise<ClientFrames> {
    const body = { ...renderBody(source, options, FRAMES_OPTION_NAMES), frames: "all" };
    const { header, payload } = await this.#call(body, options, 10_000);
    const picture = pictureOf(header, options);
    const bytes = picture.width * picture.height * 4;
    const count = picture.animation?.frames ?? 1;
    if (payload.byteLength !== bytes * count) {
      throw badReply(`expected ${bytes * count} bytes for ${count} frames, got ${payload.byteLength}`);
    }
    const [first, ...rest] = Array.from({ length: count }, (_, i) => clamped(payload, i * bytes, bytes));
    return { ...picture, frames: [first as Uint8ClampedArray, ...rest] };
  }

  async ping(options: ClientPingOptions = {}): Promise<number> {
    checkOptions("options", options, PING_OPTION_NAMES);
    checkSignal(options.signal);
    const startedAt = performance.now();
    await this.#call({ op: "ping" }, options, 2_000);
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls) this.#end(call, closedError());
    this.#connection?.close();
    this.#connection = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call(
    body: RequestBody,
    options: ClientPingOptions,
    defaultTimeoutMs: number,
    into?: Uint8Array,
  ): Promise<DecodedReply> {
    const { timeoutMs = defaultTimeoutMs, signal } = options;
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TTL_MS) {
      throw new RangeError(
        `expected timeoutMs as an integer from 1 to ${MAX_TTL_MS}, got ${describeValue(timeoutMs)}`,
      );
    }
    const { capability: own } = options;
    // Read for each call: its capability may be another one than that of the last.
    const capability = own === undefined ? this.#capability : openCapability(own);
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedError();
    return new Promise((resolve, reject) => {
      const aborted = (): void => this.#end(call, asError(signal?.reason));
      const call: Call = {
        body,
        capability,
        into,
        deadline: performance.now() + timeoutMs,
        timer: setTimeout(() => this.#end(call, this.#timeoutError(timeoutMs)), timeoutMs),
        settle: (outcome) => {
          signal?.removeEventListener("abort", aborted);
          if (outcome instanceof Error) return reject(outcome);
          resolve(outcome);
        },
        id: undefined,
        expected: undefined,
      };
      signal?.addEventListener("abort", aborted);
      this.#calls.add(call);
      this.#waiting.add(call);
      this.#scanTimer ??= setInterval(() => this.#scan(), SCAN_MS);
      this.#submitWaiting();
    });
  }

  /** Submits waiting calls, up to the server's limit for one client. */
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
    const connection = this.#connect();
    if (connection === undefined) return false;
    const id = newId();
    const ttlMs = Math.max(1, Math.ceil(call.deadline - performance.now()));
    // Recorded before the rename, because the reply may arrive as soon as the request is visible.
    this.#waiting.delete(call);
    this.#submitted.set(id, call);
    call.id = id;
    const body = Buffer.from(JSON.stringify(Object.assign({ id, ttlMs }, call.body)));
    const isSubmitted = connection.submit(id, this.#sign(call, id, ttlMs, body));
    if (!isSubmitted) this.#wait(call);
    return isSubmitted;
  }

  /** Returns the parts of the request file: the body, after a head with a proof if the call has a capability. */
  #sign(call: Call, id: string, ttlMs: number, body: Buffer): readonly Buffer[] {
    if (call.capability === undefined) return [body];
    const { head, expected } = signRequest(call.capability, { id, client: this.#name, ttlMs }, body);
    call.expected = expected;
    return [head, body];
  }

  #connect(): SpoolConnection | undefined {
    if (this.#connection === undefined) {
      this.#connection = SpoolConnection.open(this.#dir, this.#name, (id) => this.#receive(id));
      this.#limit = this.#connection?.outstandingLimit ?? this.#limit;
    }
    return this.#connection;
  }

  /** Makes a submitted call wait to be submitted again. */
  #wait(call: Call): void {
    if (call.id !== undefined) this.#submitted.delete(call.id);
    call.id = undefined;
    this.#waiting.add(call);
  }

  /** Rescans the replies. If the directory was replaced, reconnects and submits every call again. */
  #scan(): void {
    try {
      if (this.#connection?.isInPlace === false) {
        this.#connection.close();
        this.#connection = undefined;
        for (const call of this.#submitted.values()) this.#wait(call);
      }
      for (const id of this.#connection?.listReplies() ?? []) this.#receive(id);
    } catch (error) {
      for (const call of this.#calls) this.#end(call, asStorageError(error, this.#dir));
    }
    this.#submitWaiting();
  }

  #receive(id: string): void {
    const call = this.#submitted.get(id);
    if (call === undefined) {
      // Removing a reply causes a watch event, too. Any other reply answers a call that has ended.
      if (id !== this.#lastRemoved) this.#removeReply(id, 0);
      return;
    }
    let outcome: DecodedReply | Error;
    let fileBytes = 0;
    try {
      const received = this.#connection?.readReply(id, call);
      if (received === undefined) return;
      fileBytes = received.fileBytes;
      outcome = received;
    } catch (error) {
      outcome = asStorageError(error, this.#dir);
    }
    // Settle the call before removing the reply, unless the file should be returned before the server writes the next reply.
    if (fileBytes > REUSE_BYTES) {
      this.#removeReply(id, fileBytes);
    } else {
      setImmediate(() => this.#removeReply(id, fileBytes));
    }
    this.#answer(call, id, outcome);
    this.#submitWaiting();
  }

  #removeReply(id: string, bytes: number): void {
    this.#lastRemoved = id;
    try {
      this.#connection?.removeReply(id, bytes);
    } catch {
      // The server removes it after 60 s.
    }
  }

  #answer(call: Call, id: string, outcome: DecodedReply | Error): void {
    if (outcome instanceof Error) return this.#end(call, outcome);
    const { header } = outcome;
    if (header.id !== id) {
      const message = `expected the reply to ${id}, got one to ${header.id}`;
      return this.#end(call, new FileSocketError("FSOCK_BAD_REPLY", message));
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
      clearInterval(this.#scanTimer);
      this.#scanTimer = undefined;
    }
    call.settle(outcome);
  }

  #withdraw(id: string): void {
    try {
      this.#connection?.withdraw(id);
    } catch {
      // The server answers it, and removes the unread reply after 60 s.
    }
  }

  #timeoutError(timeoutMs: number): FileSocketError {
    const isServed = this.#connection?.isServed ?? false;
    return isServed
      ? new FileSocketError("FSOCK_TIMEOUT", `no reply from ${this.#dir} within ${timeoutMs} ms`)
      : new FileSocketError("FSOCK_NO_SERVER", `no server answers in ${this.#dir}; is gvpie-daemon running?`);
  }
}
