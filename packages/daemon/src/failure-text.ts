const MAX_DIAGNOSTICS = 20;
const MAX_LENGTH = 16_384;

/** A diagnostic of the parser, the rasteriser or the renderer behind the file socket. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Returns the stderr text for an error: `CODE: message`, or one line per diagnostic with its line and column.
 * At most 16 Ki characters.
 */
export function failureText(error: unknown): string {
  const diagnostics = property(error, "diagnostics");
  if (Array.isArray(diagnostics) && diagnostics.length > 0) {
    return diagnosticsText(diagnostics as Diagnostic[]);
  }
  const code = property(error, "replyCode") ?? property(error, "code");
  const message = error instanceof Error ? error.message : String(error);
  return `${typeof code === "string" ? code : "RUN_FAILED"}: ${message}`.slice(0, MAX_LENGTH);
}

/** Returns the first twenty diagnostics, one a line, and the number of the others. */
export function diagnosticsText(diagnostics: readonly Diagnostic[]): string {
  const lines = diagnostics
    .slice(0, MAX_DIAGNOSTICS)
    .map(({ code, message, line, column }) => `${code}: line ${line}, column ${column}: ${message}`);
  if (diagnostics.length > lines.length) lines.push(`… and ${diagnostics.length - lines.length} more`);
  return lines.join("\n").slice(0, MAX_LENGTH);
}

function property(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null ? (error as Record<string, unknown>)[name] : undefined;
}
