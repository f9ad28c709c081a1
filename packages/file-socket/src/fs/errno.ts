/** Returns the code of a system error, such as `ENOENT`; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return "syscall" in error ? error.code : undefined;
}

const OBSTACLES: ReadonlySet<string | undefined> = new Set([
  "EBUSY",
  "EEXIST",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOTDIR",
  "ENOTEMPTY",
  "EPERM",
  "EXDEV",
]);

/**
 * True for a system error whose cause is one entry, such as a directory with the name of a file; false if the disk or a
 * directory that the server needs may be the cause.
 */
export function isObstacle(error: unknown): boolean {
  return OBSTACLES.has(errnoOf(error));
}
