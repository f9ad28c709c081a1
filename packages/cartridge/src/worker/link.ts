/** The used part of a `Worker` of `node:worker_threads`. */
interface NodeWorker {
  postMessage(message: unknown, transfer?: readonly never[]): void;
  terminate(): unknown;
  on(event: string, listener: (value: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

/** The used part of a Web Worker. */
interface WebWorker {
  postMessage(message: unknown, transfer: never[]): void;
  terminate(): unknown;
  addEventListener(type: string, listener: (event: unknown) => void): void;
}

/** A `Worker` of `node:worker_threads`, or a Web Worker. */
export type AnyWorker = NodeWorker | WebWorker;

/** One way to speak to either kind of worker. */
export interface Link {
  readonly post: (message: unknown, transfer: readonly ArrayBuffer[]) => void;
  readonly terminate: () => unknown;
  /** Sets the state of the worker: the process stays alive while it is busy. */
  readonly hold: (isBusy: boolean) => void;
}

const UNREADABLE = "it sent a message that cannot be read";

function isNodeWorker(worker: AnyWorker): worker is NodeWorker {
  return "unref" in worker;
}

/** Connects to a worker. `onEnd` is called once it has failed or ended, possibly twice. */
export function connect(
  worker: AnyWorker,
  onMessage: (message: unknown) => void,
  onEnd: (reason: string, cause: unknown) => void,
): Link {
  const post: Link["post"] = (message, transfer) => worker.postMessage(message, [...transfer] as never[]);
  const terminate = () => worker.terminate();
  if (!isNodeWorker(worker)) {
    worker.addEventListener("message", (event) => onMessage((event as { readonly data: unknown }).data));
    worker.addEventListener("messageerror", () => onEnd(UNREADABLE, undefined));
    worker.addEventListener("error", (event) => {
      const { message, error } = event as { readonly message?: string; readonly error?: unknown };
      onEnd(message === undefined || message === "" ? "its module could not be loaded" : message, error);
    });
    return { post, terminate, hold: () => {} };
  }
  worker.on("message", onMessage);
  worker.on("messageerror", (cause) => onEnd(UNREADABLE, cause));
  worker.on("error", (cause) => onEnd(cause instanceof Error ? cause.message : String(cause), cause));
  worker.on("exit", (code) => onEnd(`it exited with code ${String(code)}`, undefined));
  return { post, terminate, hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()) };
}
