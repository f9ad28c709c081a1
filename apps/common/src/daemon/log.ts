import { destination, pino, type Logger } from "pino";
import pretty from "pino-pretty";

export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export const LOG_FORMATS = ["pretty", "json"] as const;

export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

const STDERR = 2;

/** A logger that writes to stderr synchronously, so that the last message before an exit is not lost. */
export function createLog({ level, format }: LogOptions): Logger {
  const stream =
    format === "json"
      ? destination({ dest: STDERR, sync: true })
      : pretty({
          destination: STDERR,
          sync: true,
          colorize: process.stderr.hasColors?.() === true,
          ignore: "pid,hostname",
          translateTime: "SYS:HH:MM:ss",
          // The message repeats what the fields say.
          hideObject: true,
        });
  // The daemon goes on when the reader of stderr closes it.
  stream.on("error", () => {});
  return pino({ level }, stream);
}
