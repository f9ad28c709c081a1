import { spawn } from "node:child_process";
import type { Logger } from "pino";
import { coalesce } from "@gvpie/file-socket/process";
import { printable } from "../printable.ts";

/** Program of the package systemd. Node itself cannot send a datagram to a unix socket. */
const PROGRAM = "systemd-notify";
const SEND_TIMEOUT_MS = 10_000;
/** Time for the last messages at the end of the process. */
const CLOSE_TIMEOUT_MS = 2_000;
/** The shortest time between two messages of which the second has only a status. */
const STATUS_INTERVAL_MS = 1_000;
const MAX_STATUS_CHARACTERS = 300;
const MAX_ERROR_BYTES = 1_024;

/** Reports the state of this process to its service manager: sd_notify(3). */
export interface ServiceNotifier {
  /** Reports that the start is complete, and from now on every half of the watchdog's time that the main thread takes turns. */
  ready(): void;
  /**
   * Sets the line that `systemctl status` shows, at most once a second. The same line again has no effect.
   *
   * @param read is called when the line is sent.
   */
  status(read: () => string): void;
  /** Reports that the process has begun its graceful shutdown. */
  stopping(): void;
  /** Resolves when the messages are delivered, after 2 s at most. */
  close(): Promise<void>;
}

/**
 * Creates the notifier of this process, without effect if no service manager listens.
 *
 * It removes the variables of the service manager from the environment, so that no child process inherits them.
 *
 * @param log gets one warning if messages cannot be sent.
 */
export function createServiceNotifier(
  log: Pick<Logger, "warn">,
  env: NodeJS.ProcessEnv = process.env,
): ServiceNotifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC, WATCHDOG_PID, PATH } = env;
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
  if (socket === undefined || socket === "") {
    return { ready() {}, status() {}, stopping() {}, close: async () => {} };
  }
  const send = createSender({ NOTIFY_SOCKET: socket, ...(PATH !== undefined && { PATH }) }, log);
  const isOurs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid);
  const watchdogMs = isOurs && /^\d{1,15}$/.test(WATCHDOG_USEC ?? "") ? Number(WATCHDOG_USEC) / 2_000 : 0;
  let read = (): string => "";
  let sent = "";
  let watchdog: NodeJS.Timeout | undefined;
  let delayed: NodeJS.Timeout | undefined;
  let lastStatusAt = -Infinity;
  const flushStatus = (): void => {
    clearTimeout(delayed);
    delayed = undefined;
    lastStatusAt = performance.now();
    const line = printable(read()).slice(0, MAX_STATUS_CHARACTERS).toWellFormed();
    if (line !== sent) send.add("STATUS", line);
    sent = line;
    send.flush();
  };
  return {
    ready() {
      send.add("READY", "1");
      flushStatus();
      if (watchdogMs < 1 || watchdog !== undefined) return;
      watchdog = setInterval(() => {
        send.add("WATCHDOG", "1");
        send.flush();
      }, watchdogMs);
      watchdog.unref();
    },
    status(newest) {
      read = newest;
      if (delayed !== undefined) return;
      const waitMs = lastStatusAt + STATUS_INTERVAL_MS - performance.now();
      if (waitMs <= 0) return flushStatus();
      delayed = setTimeout(flushStatus, waitMs);
      delayed.unref();
    },
    stopping() {
      send.add("STOPPING", "1");
      send.flush();
    },
    async close() {
      clearInterval(watchdog);
      if (delayed !== undefined) flushStatus();
      await send.drained();
    },
  };
}

interface Sender {
  /** Adds a variable to the next message. */
  add(name: string, value: string): void;
  /** Sends the next message, or does so when the one before has been delivered. */
  flush(): void;
  /** Resolves when all is sent; after 2 s it ends a message in progress. */
  drained(): Promise<void>;
}

/** Sends one message at a time. */
function createSender(env: NodeJS.ProcessEnv, log: Pick<Logger, "warn">): Sender {
  const pending = new Map<string, string>();
  const abort = new AbortController();
  let hasWarned = false;

  const flush = coalesce(async () => {
    if (pending.size === 0 || abort.signal.aborted) return;
    const variables = [...pending].map(([name, value]) => `${name}=${value}`);
    pending.clear();
    const failure = await runNotify(variables, env, abort.signal);
    if (failure === undefined || hasWarned || abort.signal.aborted) return;
    hasWarned = true;
    log.warn(`cannot report to systemd: ${failure}`);
  });
  return {
    add: (name, value) => void pending.set(name, value),
    flush: () => void flush(),
    async drained() {
      const timer = setTimeout(() => abort.abort(), CLOSE_TIMEOUT_MS);
      await flush();
      clearTimeout(timer);
    },
  };
}

/** Returns the reason if the message could not be sent. */
async function runNotify(
  variables: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  try {
    const child = spawn(PROGRAM, variables, {
      env,
      signal,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: SEND_TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    let error = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (error.length < MAX_ERROR_BYTES) error += text.slice(0, MAX_ERROR_BYTES);
    });
    child.once("error", (cause: NodeJS.ErrnoException) => {
      resolve(
        cause.code === "ENOENT"
          ? `expected the program ${PROGRAM}, found none in PATH; install the package systemd, or set Type=exec in the unit`
          : cause.message,
      );
    });
    child.once("exit", (code, endSignal) => {
      if (code === 0) return resolve(undefined);
      const end = endSignal === null ? `exit code ${code}` : endSignal;
      resolve(`${PROGRAM} ended with ${end}${error === "" ? "" : `: ${printable(error.trim())}`}`);
    });
  } catch (cause) {
    resolve(cause instanceof Error ? cause.message : String(cause));
  }
  return promise;
}
