/** An invalid command line; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command that failed; exit code 1. `code` is the stable name that `--json` prints. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The reader closed stdout. The command ends without a message. */
export class StdoutClosed extends Error {
  override readonly name = "StdoutClosed";
}
