import { destination, pino, type Logger } from "pino";
import pretty from "pino-pretty";

export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export const LOG_FORMATS = ["pretty", "json"] as const;

export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

const STDERR = 2;

/** Messages on stderr, written synchronously: the last one before an end is never lost. */
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
          // Messages say everything; the fields are for machines.
          hideObject: true,
        });
  // A reader that went away must not take the daemon with it.
  stream.on("error", () => {});
  return pino({ level }, stream);
}
