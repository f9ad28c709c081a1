import type { RowId } from "@gvpie/daemon/store";

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

/** Parses the id of a row. @throws {PageError} 404. */
export function parseId(text: string | undefined): RowId {
  if (text === undefined || !/^-?\d{1,19}$/.test(text)) {
    throw new PageError(404, "There is nothing at this address: expected the number of a row.");
  }
  const id = Number(text);
  if (Number.isSafeInteger(id)) return id;
  const large = BigInt(text);
  if (BigInt.asIntN(64, large) !== large) throw new PageError(404, "There is nothing at this address.");
  return large;
}
