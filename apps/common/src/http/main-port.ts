import type { MessagePort } from "node:worker_threads";
import type { Answers, FromThread, ToThread } from "./messages.ts";
import type { HttpLog, MainThread } from "./types.ts";

const TIMEOUT_MS = 2_000;
/** Milliseconds that an answer is kept, so that a flood of requests does not keep the main thread busy. */
const KEEP_MS = 200;

/** The main thread behind a port. */
export class MainPort implements MainThread {
  readonly #port: MessagePort;
  readonly #health: Question<"health">;
  readonly #metrics: Question<"metrics">;
  readonly #listeners = new Set<(event: unknown) => void>();

  constructor(port: MessagePort) {
    this.#port = port;
    this.#health = new Question(() => this.#send({ type: "question", question: "health" }));
    this.#metrics = new Question(() => this.#send({ type: "question", question: "metrics" }));
    port.on("message", (message: ToThread) => {
      if (message.type === "event") for (const listener of this.#listeners) listener(message.event);
      if (message.type !== "answer") return;
      if (message.question === "health") this.#health.answer(message.value as Answers["health"]);
      else this.#metrics.answer(message.value as Answers["metrics"]);
    });
  }

  health(): Promise<Answers["health"] | undefined> {
    return this.#health.ask();
  }

  metrics(): Promise<Answers["metrics"] | undefined> {
    return this.#metrics.ask();
  }

  onEvent(listener: (event: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly log: HttpLog = (level, message) => this.#send({ type: "log", level, message });

  #send(message: FromThread): void {
    this.#port.postMessage(message, []);
  }
}

/** A question of which one at a time is open. All who ask meanwhile get its answer. */
class Question<K extends keyof Answers> {
  readonly #send: () => void;
  #open: PromiseWithResolvers<Answers[K] | undefined> | undefined;
  #isSent = false;
  #last: Answers[K] | undefined;
  #lastAt = -Infinity;

  constructor(send: () => void) {
    this.#send = send;
  }

  ask(): Promise<Answers[K] | undefined> {
    if (performance.now() - this.#lastAt < KEEP_MS) return Promise.resolve(this.#last);
    if (this.#open === undefined) {
      const open = Promise.withResolvers<Answers[K] | undefined>();
      this.#open = open;
      setTimeout(() => this.#settle(open, undefined), TIMEOUT_MS).unref();
      // A main thread that has not answered the last one gets no second message.
      if (!this.#isSent) this.#send();
      this.#isSent = true;
    }
    return this.#open.promise;
  }

  answer(value: Answers[K] | undefined): void {
    this.#isSent = false;
    this.#last = value;
    this.#lastAt = performance.now();
    if (this.#open !== undefined) this.#settle(this.#open, value);
  }

  #settle(open: PromiseWithResolvers<Answers[K] | undefined>, value: Answers[K] | undefined): void {
    open.resolve(value);
    if (this.#open === open) this.#open = undefined;
  }
}
