/** A request that cannot be served; the message is shown. */
export class PageError extends Error {
  override readonly name = "PageError";
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
