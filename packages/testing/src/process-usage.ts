// Resource usage of one process, without its children, from proc(5).
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** Returns the processor time used so far: fields 14 and 15 of `stat`, in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field, a name in parentheses, may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Returns the resident memory. */
export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** Returns the peak of the resident memory since {@link resetPeak}, or since the process started. */
export function peakBytes(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

/** Resets the peak of the resident memory to its present size. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Returns the number of open file descriptors. */
export function descriptorCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function statusBytes(pid: number, field: string): number {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kilobytes ?? Number.NaN) * 1024;
}
