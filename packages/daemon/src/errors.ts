/** Stable across releases; safe to branch on. A failed run's stderr begins with it. */
export type RunErrorCode =
  | "PYTHON_DISABLED"
  | "PYTHON_AS_ROOT"
  | "PYTHON_NO_SANDBOX"
  | "PYTHON_NO_LIMITS"
  | "PYTHON_MISSING"
  | "PYTHON_FAILED"
  | "PYTHON_KILLED"
  | "PYTHON_TIMEOUT"
  | "PYTHON_OUTPUT"
  | "NO_RUNNER"
  | "NO_RENDERER"
  | "SCRIPT_TOO_LARGE"
  | "CARTRIDGE_UNREADABLE"
  | "CARTRIDGE_UNVERIFIED"
  | "CARTRIDGE_OUTSIDE_ROOT"
  | "CARTRIDGE_NO_FOLDER"
  | "RUN_NO_CAPABILITY"
  | "RUN_NO_CAPABILITY_KEY"
  | "RUN_TIMEOUT"
  | "RUN_STOPPED"
  | "RUN_LOST"
  | "RUN_REMOVED"
  | "RUN_FAILED";

/** A run that failed for a reason that has no error of another package. */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly code: RunErrorCode;
  /** Output of the script until then. */
  readonly stdout: string;

  constructor(
    code: RunErrorCode,
    message: string,
    options: ErrorOptions & { readonly stdout?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.stdout = options.stdout ?? "";
  }
}
