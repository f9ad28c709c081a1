/** Errors that end when the system has the resource again: errno(3). */
const SHORTAGES = new Set([
  "ENOSPC",
  "EDQUOT",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "EAGAIN",
  "EADDRINUSE",
  "STORE_FULL",
]);
/** https://www.sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;

/** True if an error, or the error that caused it, is the lack of a resource such as disk space or a free port. */
export function isShortage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: string; errcode?: number };
  return SHORTAGES.has(code ?? "") || errcode === SQLITE_FULL || isShortage(error.cause);
}
