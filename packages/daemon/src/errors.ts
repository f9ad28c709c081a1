/** Stable across releases; safe to branch on, and found at the start of a failed run's stderr. */
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
  | "RUN_TIMEOUT"
  | "RUN_STOPPED"
  | "RUN_LOST"
  | "RUN_FAILED";

/** Why a run failed, where no other package's error says it. */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly code: RunErrorCode;
  /** What the script had printed. */
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
