import { setTimeout as sleep } from "node:timers/promises";

export interface WaitOptions {
  /** Default: 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds between two reads. Default: 2. */
  readonly intervalMs?: number | undefined;
}

/**
 * Calls `read` until it returns, or resolves to, something other than `undefined` and `false`; resolves to that value.
 * Rejects after `timeoutMs` with the source of `read` in the message.
 */
export async function waitUntil<T>(
  read: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 60_000, intervalMs = 2 }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`expected a value within ${timeoutMs} ms, got none from ${read.toString()}`);
    }
    await sleep(intervalMs);
  }
}
