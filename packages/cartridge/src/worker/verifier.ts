/// <reference lib="esnext.disposable" preserve="true" />
import { type BytesLike, bytesOf } from "../bytes.ts";
import { CartridgeError } from "../errors.ts";
import { resolveLimits } from "../limits.ts";
import { checkOptions, checkSignal, describeValue } from "../options.ts";
import type { Render, Verification, VerifyOptions } from "../types.ts";
import { VERIFY_OPTIONS } from "../verify.ts";
import { type AnyWorker, connect, type Link } from "./link.ts";
import {
  type FromWorker,
  fromWire,
  type ToWorker,
  toWire,
  transferable,
  type WireError,
} from "./messages.ts";

/** Options of {@link createVerifier}. */
export interface VerifierOptions {
  /** Starts a worker whose entry module calls {@link serveVerification}. Called for the first verification, and again after an end. */
  readonly createWorker: () => AnyWorker;
}

export interface WorkerVerifyOptions extends Omit<VerifyOptions, "render"> {
  /**
   * Draws the program in the calling thread. It returns a new frame each time, because the frame is transferred to the worker.
   * Default: the `render` of {@link serveVerification} draws, in the worker.
   */
  readonly render?: Render | undefined;
  /** Ends the verification at once, by ending the worker: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** True to transfer the buffer of the bytes, which the caller then no longer has. Default: they are copied. */
  readonly transfer?: boolean | undefined;
}

/** Verifies cartridges in a worker, one after another. */
export interface Verifier extends AsyncDisposable {
  /**
   * Verifies a file in the worker, as {@link verifyCartridge} does. The frames are transferred. Errors keep
   * their code, message and fields; an error of another class than CartridgeError, TypeError and RangeError is an Error of its name.
   *
   * @throws {CartridgeError} also CARTRIDGE_RENDER_FAILED if the worker fails or ends; the next verification starts another.
   */
  verify(bytes: BytesLike, options?: WorkerVerifyOptions): Promise<Verification>;
  /** Refuses further verifications, waits for those in progress, and ends the worker. */
  close(): Promise<void>;
}

/** Returns a verifier. Its worker, once started, does not keep a Node process alive while it is idle. */
export function createVerifier(options: VerifierOptions): Verifier {
  checkOptions("options", options, ["createWorker"]);
  if (typeof options?.createWorker !== "function") {
    const found = describeValue((options as Partial<VerifierOptions> | undefined)?.createWorker);
    throw new TypeError(`expected createWorker as a function that starts a worker, got ${found}`);
  }
  return new WorkerVerifier(options.createWorker);
}

/** The verification that the worker has. */
interface Task {
  readonly render: Render | undefined;
  readonly settled: PromiseWithResolvers<Verification>;
}

class WorkerVerifier implements Verifier {
  readonly #createWorker: () => AnyWorker;
  #link: Link | undefined;
  #task: Task | undefined;
  /** Settles when the last verification that was begun has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(createWorker: () => AnyWorker) {
    this.#createWorker = createWorker;
  }

  async verify(bytes: BytesLike, options: WorkerVerifyOptions = {}): Promise<Verification> {
    if (this.#isClosed) throw new CartridgeError("CARTRIDGE_RENDER_FAILED", "the verifier is closed");
    checkOptions("options", options, [...VERIFY_OPTIONS, "transfer"]);
    const { render, signal, transfer, ...data } = options;
    if (render !== undefined && typeof render !== "function") {
      throw new TypeError(`expected render as a function that draws a program, got ${describeValue(render)}`);
    }
    checkSignal(signal);
    const given = bytesOf(bytes, resolveLimits(options.limits));
    const isAlone = given.byteLength === given.buffer.byteLength;
    // Taken at once: before the turn of this verification, the caller may change the file.
    const isTaken = transfer === true && isAlone;
    const file = isTaken ? structuredClone(given, { transfer: [given.buffer] }) : given.slice();
    const request: ToWorker = {
      type: "verify",
      bytes: file,
      options: data,
      callerDraws: render !== undefined,
    };
    const before = this.#last;
    const run = async () => {
      await before;
      return this.#run(request, file.buffer, render, signal);
    };
    const running = run();
    this.#last = running.catch(() => undefined);
    return signal === undefined ? running : untilAborted(running, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(
    request: ToWorker,
    file: ArrayBuffer,
    render: Render | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Verification> {
    signal?.throwIfAborted();
    const link = (this.#link ??= this.#start());
    const settled = Promise.withResolvers<Verification>();
    const abort = () => {
      void this.#end();
      settled.reject(signal?.reason);
    };
    this.#task = { render, settled };
    signal?.addEventListener("abort", abort);
    try {
      link.hold(true);
      link.post(request, [file]);
      return await settled.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#task = undefined;
      link.hold(false);
    }
  }

  #start(): Link {
    const isCurrent = () => this.#link === link;
    const link: Link = connect(
      this.#createWorker(),
      (message) => {
        if (isCurrent()) this.#receive(message as FromWorker, link);
      },
      (reason, cause) => {
        if (!isCurrent()) return;
        void this.#end();
        const message = `the worker failed, which says nothing about the file: ${reason}`;
        this.#task?.settled.reject(new CartridgeError("CARTRIDGE_RENDER_FAILED", message, { cause }));
      },
    );
    return link;
  }

  /** Ends the worker. The next verification starts another. */
  async #end(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.terminate();
  }

  #receive(message: FromWorker, link: Link): void {
    if (this.#task === undefined) return;
    const { render, settled } = this.#task;
    if (message.type === "failed") {
      settled.reject(fromWire(message.error));
    } else if (message.type === "verified") {
      const { verification } = message;
      const cause = verification.cause === undefined ? undefined : fromWire(verification.cause as WireError);
      settled.resolve({ ...verification, cause });
    } else if (render !== undefined) {
      void draw(render, message, link);
    }
  }
}

/** Draws a program for the worker and sends it the frame, or the error. */
async function draw(
  render: Render,
  { program, request }: FromWorker & { readonly type: "render" },
  link: Link,
): Promise<void> {
  try {
    // The worker checks the frame, and describes a value of another kind.
    const { width, height, data, animation } = (await render(program, request)) ?? {};
    const answer: ToWorker = {
      type: "drawn",
      frame: { width, height, data, ...(animation && { animation }) },
    };
    link.post(answer, transferable(answer.frame));
  } catch (error) {
    const answer: ToWorker = { type: "not drawn", error: toWire(error) };
    link.post(answer, []);
  }
}

/** Rejects with the signal's reason as soon as it aborts, even before the promise has its turn. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: result, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  return result;
}
