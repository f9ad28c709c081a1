/** Stable across releases; safe to branch on, and found at the start of a failed run's stderr. */
export type RunErrorCode =
  | "PYTHON_DISABLED"
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

  constructor(code: RunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
