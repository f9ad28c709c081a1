import { readFileSync } from "node:fs";

/** What names of this package begin with, by what is named. */
export type NamePrefix = ".gvpie-staging-" | "gvpie-python-";

const OWNER_AND_COUNT = /^(\d{1,10})-(\d{1,20})-\d{1,16}$/;

const owner = `${process.pid}-${startTicks(process.pid) ?? 0}`;
let count = 0;

/** A name that nobody else uses and that tells whose it is. */
export function newOwnName(prefix: NamePrefix): string {
  return `${prefix}${owner}-${++count}`;
}

/** Whether this names what a process left behind when it died. */
export function isLeftBehind(prefix: NamePrefix, name: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [, pid, ticks] = OWNER_AND_COUNT.exec(name.slice(prefix.length)) ?? [];
  if (pid === undefined) return false;
  const running = startTicks(Number(pid));
  return running === undefined ? !isAlive(Number(pid)) : running !== ticks;
}

/** When a process started, in clock ticks since boot: with the pid, this names a process. proc(5), /proc/pid/stat, field 22. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Field 2 is the command in parentheses, and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
