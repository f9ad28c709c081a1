import { CommandError } from "./errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBADF: "it is closed, or not open for this",
  EBUSY: "it is in use",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it exists",
  EINVAL: "it is not a file that can be read or written",
  EISDIR: "it is a directory",
  EFBIG: "it would be too large",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "the disk is full",
  ENXIO: "no process reads it",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ETXTBSY: "it is being executed",
};

/** Converts an error of the operating system to `<failure>: <reason>`; returns any other error unchanged. */
export function systemError(error: unknown, code: string, failure: string): unknown {
  if (!(error instanceof Error) || error instanceof CommandError || !("syscall" in error)) return error;
  const errno = (error as NodeJS.ErrnoException).code ?? "";
  return new CommandError(code, `${failure}: ${REASONS[errno] ?? error.message}`, { cause: error });
}
