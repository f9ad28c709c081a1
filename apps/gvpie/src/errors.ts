/** The command line itself is wrong; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked could not be done; exit code 1. `code` is the stable name that `--json` prints. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The reader of stdout went away; nobody is left to tell. */
export class StdoutClosed extends Error {
  override readonly name = "StdoutClosed";
}
