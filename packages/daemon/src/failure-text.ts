const MAX_DIAGNOSTICS = 20;
const MAX_LENGTH = 16_384;

/** A diagnostic of the parser, the rasteriser or the renderer at the other end of the socket. */
export interface Remark {
  readonly code: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * An error as a run's stderr tells it: `CODE: message`, and for a program one line for each diagnostic with its line and column.
 * At most 16 Ki characters.
 */
export function failureText(error: unknown): string {
  const diagnostics = property(error, "diagnostics");
  if (Array.isArray(diagnostics) && diagnostics.length > 0) return remarksText(diagnostics as Remark[]);
  const code = property(error, "replyCode") ?? property(error, "code");
  const message = error instanceof Error ? error.message : String(error);
  return `${typeof code === "string" ? code : "RUN_FAILED"}: ${message}`.slice(0, MAX_LENGTH);
}

/** Diagnostics as a run's stderr tells them, the first twenty. */
export function remarksText(remarks: readonly Remark[]): string {
  const lines = remarks
    .slice(0, MAX_DIAGNOSTICS)
    .map(({ code, message, line, column }) => `${code}: line ${line}, column ${column}: ${message}`);
  if (remarks.length > lines.length) lines.push(`… and ${remarks.length - lines.length} more`);
  return lines.join("\n").slice(0, MAX_LENGTH);
}

function property(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null ? (error as Record<string, unknown>)[name] : undefined;
}
