import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";

const REPLACEMENT = "\ufffd";

/**
 * Returns an error message for the first command-line argument, or variable `GVPIE_…`, that is not UTF-8, with its bytes.
 *
 * Node replaces such bytes with U+FFFD, so that a file of that name would not be found. The bytes themselves are known on
 * Linux alone.
 */
export function nonUtf8Argument(args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  if (args.some((arg) => arg.includes(REPLACEMENT))) {
    const given = entriesOf("/proc/self/cmdline").slice(-args.length);
    const index = given.findIndex((bytes) => !isUtf8(bytes));
    const bytes = given[index];
    if (bytes !== undefined) return message(`argument ${index + 1}`, bytes);
  }
  const isDamaged = ([name, value]: [string, string | undefined]): boolean =>
    name.startsWith("GVPIE_") && value?.includes(REPLACEMENT) === true;
  if (Object.entries(env).some(isDamaged)) {
    const bytes = entriesOf("/proc/self/environ").find(
      (entry) => entry.toString("latin1").startsWith("GVPIE_") && !isUtf8(entry),
    );
    if (bytes !== undefined) {
      const end = bytes.indexOf("=");
      return message(`variable ${escaped(bytes.subarray(0, end))}`, bytes.subarray(end + 1));
    }
  }
  return undefined;
}

function message(place: string, bytes: Buffer): string {
  return `${place}: expected UTF-8, got "${escaped(bytes)}"; rename the file, or name it in UTF-8`;
}

/** The entries of a file of `/proc`, each of which ends with a NUL. */
function entriesOf(path: string): Buffer[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return [];
  }
  const entries: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    entries.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return entries;
}

/** Returns text with valid characters unchanged, and other bytes in the form `\xe9`. */
function escaped(bytes: Buffer): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const length = [1, 2, 3, 4].find((size) => isUtf8(bytes.subarray(i, i + size))) ?? 0;
    text += length > 0 ? bytes.toString("utf8", i, i + length) : `\\x${(bytes[i] ?? 0).toString(16)}`;
    i += length || 1;
  }
  return text;
}
