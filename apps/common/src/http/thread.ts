import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { SettingsError } from "../daemon/settings-error.ts";
import type { HttpAddress } from "./address.ts";
import { maxConnections } from "./max-connections.ts";
import type { Answers, FromThread, ThreadData, ToThread } from "./messages.ts";
import type { HttpLog } from "./types.ts";

const MIN_RESTART_MS = 1_000;
const MAX_RESTART_MS = 60_000;
/** Milliseconds of service after which the next restart does not wait longer than the first one. */
const STEADY_MS = 600_000;
/** Milliseconds that close() waits for the thread. */
const CLOSE_MS = 3_000;
/** The thread ends when its heap has grown to this; the process goes on. */
const MAX_HEAP_MB = 256;

export interface HttpThreadOptions {
  /** The module of the thread, see {@link threadModule}. */
  readonly module: URL;
  readonly address: HttpAddress;
  readonly names: readonly string[];
  readonly token: string;
  /** Passed to the thread; a structured clone. */
  readonly data?: unknown;
  readonly health: () => Answers["health"];
  readonly metrics: () => Answers["metrics"];
  readonly log: HttpLog;
}

/** An HTTP server in a thread of its own, so that no flood of requests and no slow client delays the main thread. */
export interface HttpThread {
  readonly address: HttpAddress;
  /** Passes an event to the listeners in the thread. */
  publish(event: unknown): void;
  close(): Promise<void>;
}

/**
 * Returns the module `name` beside the module that calls. It is a source if the caller is one, and a module of the published
 * bundle if the caller is in the bundle.
 *
 * @param importer `import.meta.url` of a module in the same folder.
 */
export function threadModule(name: string, importer: string): URL {
  return new URL(`${name}${/\.[a-z]+$/.exec(importer)?.[0] ?? ".js"}`, importer);
}

/**
 * Starts the thread and waits until it serves. If it dies later, it is logged and started again.
 *
 * @throws {SettingsError} if the address cannot be used. Its `cause` has the code EADDRINUSE if another process uses it.
 */
export async function startHttpThread(options: HttpThreadOptions): Promise<HttpThread> {
  const thread = new Thread(options);
  await thread.start();
  return thread;
}

class Thread implements HttpThread {
  readonly #options: HttpThreadOptions;
  #address: HttpAddress;
  #worker: Worker | undefined;
  #starting: Worker | undefined;
  #isClosing = false;
  #restartMs = MIN_RESTART_MS;
  #restart: NodeJS.Timeout | undefined;
  #servesSince = Infinity;

  constructor(options: HttpThreadOptions) {
    this.#options = options;
    this.#address = options.address;
  }

  get address(): HttpAddress {
    return this.#address;
  }

  async start(): Promise<void> {
    const { module, names, token, data } = this.#options;
    const workerData: ThreadData = {
      ...this.#address,
      names,
      token,
      app: data,
      maxConnections: maxConnections(),
    };
    // The thread inherits no flags: those of a test runner lack the condition.
    const execArgv = module.pathname.endsWith(".ts") ? ["--conditions=@gvpie/source"] : [];
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
    const worker = new Worker(module, { name: "gvpie-http", execArgv, workerData, resourceLimits });
    this.#starting = worker;
    const started = Promise.withResolvers<number>();
    let cause: unknown;
    worker.on("message", (message: FromThread) => {
      if (message.type === "listening") started.resolve(message.port);
      else if (message.type === "refused") started.reject(this.#refusal(message));
      else if (message.type === "question") this.#answer(worker, message.question);
      else if (message.type === "log") this.#options.log(message.level, message.message);
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (code) => {
      const reason = cause instanceof Error ? cause.message : `exit code ${code}`;
      started.reject(new Error(`the HTTP server ended: ${reason}`, { cause }));
      if (this.#worker === worker) this.#recover(reason);
    });
    let port: number;
    try {
      port = await started.promise;
    } finally {
      this.#starting = undefined;
      // Until here, nothing else may keep the process alive.
      worker.unref();
    }
    this.#address = { ...this.#address, port };
    this.#worker = worker;
    this.#servesSince = performance.now();
  }

  publish(event: unknown): void {
    this.#send(this.#worker, { type: "event", event });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    await this.#starting?.terminate();
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    this.#send(worker, { type: "close" });
    const timer = new AbortController();
    await Promise.race([once(worker, "exit"), sleep(CLOSE_MS, undefined, { signal: timer.signal })]);
    timer.abort();
    await worker.terminate();
  }

  #answer(worker: Worker, question: keyof Answers): void {
    let value: Answers[keyof Answers] | undefined;
    try {
      value = this.#options[question]();
    } catch (error) {
      this.#options.log("error", `cannot read the ${question} of the daemon: ${String(error)}`);
    }
    this.#send(worker, { type: "answer", question, value });
  }

  #send(worker: Worker | undefined, message: ToThread): void {
    worker?.postMessage(message, []);
  }

  #refusal({ code, message }: { readonly code: string; readonly message: string }): SettingsError {
    const { host, port } = this.#address;
    const advice = code === "EADDRINUSE" ? "another process uses it" : message;
    const cause = Object.assign(new Error(message), { code });
    return new SettingsError(`cannot serve HTTP at ${host}, port ${port}: ${advice}`, { cause });
  }

  #recover(reason: string): void {
    this.#worker = undefined;
    if (this.#isClosing) return;
    if (performance.now() - this.#servesSince > STEADY_MS) this.#restartMs = MIN_RESTART_MS;
    this.#servesSince = Infinity;
    this.#options.log(
      "error",
      `the HTTP server ended (${reason}); starting it again in ${this.#restartMs} ms`,
    );
    this.#restart = setTimeout(() => {
      this.start().then(
        () => this.#options.log("info", "the HTTP server serves again"),
        (error: unknown) => this.#recover(error instanceof Error ? error.message : String(error)),
      );
    }, this.#restartMs);
    this.#restart.unref();
    this.#restartMs = Math.min(MAX_RESTART_MS, this.#restartMs * 2);
  }
}
