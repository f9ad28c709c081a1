import { readFileSync } from "node:fs";

/**
 * Returns the start time of a process in clock ticks since boot, which with the pid and {@link bootId} identifies it;
 * undefined if it is not running or `/proc` cannot be read.
 */
export function startTicks(pid: number): string | undefined {
  // proc(5): field 2 is the command in parentheses and may contain anything; starttime is field 22.
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Returns an id that changes with every boot of the machine; undefined if `/proc` cannot be read. */
export function bootId(): string | undefined {
  return readProc("/proc/sys/kernel/random/boot_id")?.trim();
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
