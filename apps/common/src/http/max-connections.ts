import { openFileLimit } from "../daemon/open-files.ts";

const MOST = 256;
const LEAST = 16;

/** Returns the number of connections that leave most descriptors of this process to its work. */
export function maxConnections(): number {
  const limit = openFileLimit();
  return limit === undefined ? MOST : Math.max(LEAST, Math.min(MOST, Math.floor(limit / 4)));
}
