import { WriteStream } from "node:tty";
import type { Terminal } from "./picture.ts";

/** Columns if stdout is a file or a pipe: the width of the default canvas. */
const PIPE_COLUMNS = 128;

/** The capabilities of the terminal on stdout, from COLUMNS, NO_COLOR, FORCE_COLOR, TERM, COLORTERM and the locale. */
export function detectTerminal(
  env: NodeJS.ProcessEnv,
  stdout: { isTTY?: boolean; columns?: number },
): Terminal {
  const columns = Number.parseInt(env["COLUMNS"] ?? "", 10);
  // A terminal without a window, such as one of a serial line, has 0 columns.
  const available = columns > 0 ? columns : stdout.columns || PIPE_COLUMNS;
  return {
    columns: Math.min(available, 1000),
    colors: colorsOf(env, stdout.isTTY === true),
    unicode: isUtf8(env),
  };
}

function colorsOf(env: NodeJS.ProcessEnv, isTty: boolean): Terminal["colors"] {
  if (!isTty && !env["FORCE_COLOR"]) return "none";
  if (env["NO_COLOR"]) return "none";
  const depth = WriteStream.prototype.getColorDepth(env);
  if (depth === 1) return "none";
  return depth === 24 ? "truecolor" : "256";
}

/** A locale without a character set counts as UTF-8. */
function isUtf8(env: NodeJS.ProcessEnv): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  if (env["TERM"] === "dumb" || locale === "C" || locale === "POSIX") return false;
  return !locale.includes(".") || /\.utf-?8/i.test(locale);
}
