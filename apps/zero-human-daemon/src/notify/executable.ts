import { SettingsError } from "@gvpie/app-common/daemon";
import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";

const WRITABLE_BY_OTHERS = 0o002;

/**
 * Returns the absolute path of an executable.
 *
 * @param option that names it, such as `--on-failure`.
 * @throws {SettingsError} if this process cannot execute it, or every user may change it.
 */
export function checkExecutable(option: string, file: string): string {
  const path = resolve(file);
  const refuse = (expected: string, got: string): never => {
    throw new SettingsError(`${option} ${file}: expected ${expected}, got ${got}`);
  };
  try {
    const stats = statSync(path);
    if (!stats.isFile()) refuse("an executable file", stats.isDirectory() ? "a directory" : "a special file");
    if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) {
      refuse("a file that other users cannot change", "one that they can; run chmod o-w on it");
    }
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    refuse("an executable file", codeOf(error) === "ENOENT" ? "no such file" : String(codeOf(error)));
  }
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    if (codeOf(error) !== "EACCES") throw error;
    refuse("an executable file", "one that this user cannot execute; run chmod +x on it");
  }
  return path;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
