import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** What proc(5) tells of a process. All figures are of the process alone, not of its children. */

/** Processor time used so far: fields 14 and 15 of `stat`, in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes of memory now. */
export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** The most bytes of memory since {@link resetPeak}. */
export function peakBytes(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

/** Begin to measure the peak anew. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Open descriptors. */
export function descriptorCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function statusBytes(pid: number, field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(
    readFileSync(`/proc/${pid}/status`, "latin1"),
  );
  return Number(kilobytes?.[1] ?? Number.NaN) * 1024;
}
