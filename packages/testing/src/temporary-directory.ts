import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that is removed with everything in it on disposal, by `using` or `await using`. */
export interface TemporaryDirectory extends Disposable, AsyncDisposable {
  readonly path: string;
  /** Returns a path inside the directory. */
  join(...parts: readonly string[]): string;
}

export interface TemporaryDirectoryOptions {
  /** The beginning of its name. Default: `gvpie-`. */
  readonly prefix?: string;
  /** The directory that holds it. Default: that of the operating system. */
  readonly parent?: string;
  /** Gives it mode 0755 in place of 0700, for tests that become another user. Default: false. */
  readonly isTraversable?: boolean;
}

/** Creates an empty temporary directory. */
export function createTemporaryDirectory({
  prefix = "gvpie-",
  parent = tmpdir(),
  isTraversable = false,
}: TemporaryDirectoryOptions = {}): TemporaryDirectory {
  const path = mkdtempSync(join(parent, prefix));
  if (isTraversable) chmodSync(path, 0o755);
  // A process that was just killed may still have created a file: the removal is then repeated.
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  return {
    path,
    join: (...parts) => join(path, ...parts),
    [Symbol.dispose]: remove,
    [Symbol.asyncDispose]: async () => remove(),
  };
}
