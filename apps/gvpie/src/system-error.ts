import { CommandError } from "./errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "it exists",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/** Words an error of the operating system as `<what>: <reason>`; anything else is returned as it is. */
export function systemError(error: unknown, code: string, what: string): unknown {
  if (!(error instanceof Error) || error instanceof CommandError || !("syscall" in error)) return error;
  const errno = (error as NodeJS.ErrnoException).code ?? "";
  return new CommandError(code, `${what}: ${REASONS[errno] ?? error.message}`, { cause: error });
}
