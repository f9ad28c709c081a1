import { setTimeout as sleep } from "node:timers/promises";

/** Poll until `read` gives something; what it gives. */
export async function until<T>(read: () => T | undefined | false, timeoutMs = 60_000): Promise<T> {
  const limit = performance.now() + timeoutMs;
  for (;;) {
    const found = read();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > limit) throw new Error(`not within ${timeoutMs} ms: ${read.toString()}`);
    await sleep(2);
  }
}
