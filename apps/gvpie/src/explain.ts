import { printableLines } from "@gvpie/app-common";
import { formatDiagnostics } from "./diagnostics.ts";
import { CommandError } from "./errors.ts";
import { ProgramError } from "./program-error.ts";
import { styleFor } from "./style.ts";
import { line, TerminalText } from "./terminal-text.ts";

/** A failure as text and as data for `--json`. */
export interface Explanation {
  readonly message: TerminalText;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Explains the error that ended a command. An unexpected error is shown with its stack. */
export function explain(error: unknown): Explanation {
  if (error instanceof ProgramError) {
    const { code, message, diagnostics, file, source } = error;
    const shown = formatDiagnostics(file, source, diagnostics, styleFor("stderr")).trimEnd();
    return { message: line`${message}\n${shown}`, data: { code, message, diagnostics } };
  }
  if (!(error instanceof Error)) {
    return { message: line`${String(error)}`, data: { code: "UNEXPECTED", message: String(error) } };
  }
  const code = error instanceof CommandError ? error.code : libraryCode(error);
  if (code !== undefined) {
    return { message: line`${error.message}`, data: { code, message: error.message } };
  }
  const stack = TerminalText.trust(printableLines(error.stack ?? error.message));
  return { message: stack, data: { code: "UNEXPECTED", message: error.message } };
}

/** The code of an error of a gvpie package, such as `STORE_LOCKED`. Node's own codes are not. */
function libraryCode(error: Error): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^(?!ERR_)[A-Z]+_[A-Z_]+$/.test(code) ? code : undefined;
}
