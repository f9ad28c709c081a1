import { destination, pino, type Logger } from "pino";
import pretty from "pino-pretty";
import { printable, printableJson, printableLines } from "../printable.ts";

export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export const LOG_FORMATS = ["pretty", "json"] as const;

export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

const STDERR = 2;

/**
 * A logger that writes to stderr synchronously, so that the last message before an exit is not lost. It also reports an
 * error that ends the process.
 *
 * Messages contain file names, script names and errors of other programs: a pretty message is one line without control
 * characters, and JSON has unsafe characters as `\u` escapes.
 */
export function createLog({ level, format }: LogOptions): Logger {
  const stream =
    format === "json"
      ? destination({ dest: STDERR, sync: true })
      : pretty({
          destination: STDERR,
          sync: true,
          colorize: process.stderr.hasColors?.() === true,
          ignore: "pid,hostname",
          translateTime: "SYS:yyyy-mm-dd HH:MM:ss",
          // The message repeats what the fields say.
          hideObject: true,
        });
  // The daemon goes on when the reader of stderr closes it.
  stream.on("error", () => {});
  const log = pino(
    {
      level,
      // As in the lines about runs, so that a reader can sort both.
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: format === "json" ? printableJson : printableValues },
    },
    stream,
  );
  // Node would print the error's text as it is.
  process.once("uncaughtException", (error) => {
    log.fatal(error);
    process.exit(1);
  });
  return log;
}

/** Escapes the strings of a log entry: a message as one line, a stack as several. */
function printableValues(json: string): string {
  const entry: unknown = JSON.parse(json, (key, value: unknown) => {
    if (typeof value !== "string") return value;
    return key === "stack" ? printableLines(value) : printable(value);
  });
  return `${JSON.stringify(entry)}\n`;
}
