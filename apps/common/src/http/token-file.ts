import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { replaceableAncestor } from "@gvpie/file-socket/process";
import { resolve } from "node:path";
import { SettingsError } from "../daemon/settings-error.ts";
import { newSecret } from "./secrets.ts";

const MAX_BYTES = 4_096;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Reads the token of a server from its file; creates the file with a new one if it is missing.
 *
 * @throws {SettingsError} if another user could read or replace the file, or its content is not a token.
 */
export function openToken(path: string): string {
  const file = resolve(path);
  try {
    const reason = replaceableAncestor(file);
    if (reason !== undefined) {
      throw new SettingsError(`another user could replace the token file ${file}: ${reason}`);
    }
    return readToken(file) ?? createToken(file);
  } catch (error) {
    if (error instanceof SettingsError || !(error instanceof Error) || !("syscall" in error)) throw error;
    throw new SettingsError(
      `cannot use the token file ${file}: ${error.message}; name another one with --http-token`,
      {
        cause: error,
      },
    );
  }
}

/** Returns the token of a file; undefined if there is none. */
export function readToken(file: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") {
      throw new SettingsError(`expected ${file} to be a file, got a symbolic link; remove it`);
    }
    throw error;
  }
  try {
    const stats = fstatSync(fd);
    const mode = (stats.mode & 0o777).toString(8);
    const uid = process.geteuid?.() ?? stats.uid;
    if (!stats.isFile() || stats.size > MAX_BYTES) {
      throw new SettingsError(`expected ${file} to be a small file; remove it`);
    }
    if (stats.uid !== uid) {
      throw new SettingsError(
        `expected ${file} to belong to user ${uid}, got user ${stats.uid}; run this as that user, or name another file`,
      );
    }
    if ((stats.mode & 0o077) !== 0) {
      throw new SettingsError(
        `expected ${file} to have the mode 600, got ${mode}; run chmod 600 on it and replace the token`,
      );
    }
    const token = readFileSync(fd, "latin1").trim();
    if (/^[\w.~+/=-]{32,256}$/.test(token)) return token;
    throw new SettingsError(
      `expected a token of 32 to 256 letters, digits and -._~+/= in ${file}, got ${token.length} characters; ` +
        "remove the file, and a new one is created",
    );
  } finally {
    closeSync(fd);
  }
}

/** Of two processes that create the file at the same time, both use the token of the first. */
function createToken(file: string): string {
  const staged = `${file}.${process.pid}.new`;
  rmSync(staged, { force: true });
  const fd = openSync(staged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, `${newSecret()}\n`);
    fsyncSync(fd);
    linkSync(staged, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    closeSync(fd);
    rmSync(staged, { force: true });
  }
  const token = readToken(file);
  if (token === undefined) {
    throw new SettingsError(`expected the token file ${file} to stay, but it was removed`);
  }
  return token;
}
