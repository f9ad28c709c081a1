import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MAX_BYTES = 65_536;
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Returns `accept` or `require` if the server of a directory says in `server.json` that it checks capabilities. This is information
 * only: another process may have written the file.
 */
export function capabilityMode(dir: string): "accept" | "require" | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(dir, "v1", "server.json"), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > MAX_BYTES) return undefined;
    const { capabilities } = JSON.parse(readFileSync(descriptor, "utf8")) as { capabilities?: unknown };
    return capabilities === "accept" || capabilities === "require" ? capabilities : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
