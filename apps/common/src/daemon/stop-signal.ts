import { constants } from "node:os";

/**
 * Signals that end a daemon gracefully: all whose default action is to end the process, except the signals of a fault
 * of the process itself, SIGPROF, which V8's profiler uses, and the signals below.
 */
const STOP_SIGNALS = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGALRM",
  "SIGVTALRM",
  "SIGXCPU",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
] as const satisfies readonly NodeJS.Signals[];

/**
 * Signals without effect. Without a listener, SIGUSR1 opens Node's debugger, and SIGUSR2 ends the process. Node itself
 * ignores SIGPIPE and SIGXFSZ; the write that caused one fails.
 */
const IGNORED_SIGNALS = ["SIGUSR1", "SIGUSR2"] as const satisfies readonly NodeJS.Signals[];

/**
 * A signal that the first of {@link STOP_SIGNALS} aborts, with its name as the reason. Later ones have no effect: a
 * terminal and a parent process often both send one. The end of a parent that opened an IPC channel aborts it too.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => controller.abort(name);
  for (const name of IGNORED_SIGNALS) process.on(name, () => {});
  // A system without a signal, such as macOS without SIGPWR, does not know its name.
  for (const name of STOP_SIGNALS) if (name in constants.signals) process.on(name, stop);
  stopWithParent(controller);
  return controller.signal;
}

/** A parent such as `npm start` may be killed. Its end, however it comes, closes the channel. */
function stopWithParent(controller: AbortController): void {
  const stop = (): void => controller.abort("the parent process has ended");
  // Undefined if there is no channel.
  if (process.connected === false) stop();
  if (!process.connected) return;
  process.once("disconnect", stop);
  // A listener alone would keep this process alive.
  process.channel?.unref();
}
