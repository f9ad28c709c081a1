import { constants } from "node:os";

/** The signals that end an animation. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const CTRL_C = 3;
const CTRL_D = 4;
const KEYS: ReadonlySet<number> = new Set([CTRL_C, CTRL_D, "q".charCodeAt(0), "Q".charCodeAt(0)]);

/** Tells when a person or another process ends an animation. */
export interface Stop {
  /** Aborted by q, Ctrl-C and the signals that end a process. */
  readonly signal: AbortSignal;
  /** 128 and the number of the signal that arrived, as a shell reports it; 0 otherwise. */
  readonly exitCode: number;
  /** Waits; ends early when the signal aborts. */
  sleep(milliseconds: number): Promise<void>;
  /** Gives stdin and the signals back. */
  close(): void;
}

/** Listens to the keys, if stdin is a terminal, and to signals. */
export function listenForStop(): Stop {
  const controller = new AbortController();
  const { signal } = controller;
  const { stdin } = process;
  let exitCode = 0;
  const onKeys = (keys: Buffer): void => {
    if (keys.some((key) => KEYS.has(key))) controller.abort();
  };
  const onSignal = (name: NodeJS.Signals): void => {
    exitCode = 128 + constants.signals[name];
    controller.abort();
  };
  const readsKeys = stdin.isTTY;
  if (readsKeys) {
    // In this mode Ctrl-C is a key, too.
    stdin.setRawMode(true);
    stdin.on("data", onKeys);
  }
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal,
    get exitCode() {
      return exitCode;
    },
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, Math.max(0, milliseconds));
        signal.addEventListener("abort", end);
        if (signal.aborted) end();
      }),
    close() {
      for (const name of SIGNALS) process.removeListener(name, onSignal);
      if (!readsKeys) return;
      stdin.removeListener("data", onKeys);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
