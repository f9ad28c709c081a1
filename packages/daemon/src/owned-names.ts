import { startTicks } from "@gvpie/file-socket/process";

/** Prefixes of the names that this package gives to files and control groups. */
export type NamePrefix = ".gvpie-staging-" | ".gvpie-copy-" | "gvpie-python-";

const OWNER_AND_COUNT = /^(\d{1,10})-(\d{1,20})-\d{1,16}$/;

const owner = `${process.pid}-${startTicks(process.pid) ?? 0}`;
let count = 0;

/** Returns a unique name that holds the pid and start time of this process. */
export function newOwnedName(prefix: NamePrefix): string {
  return `${prefix}${owner}-${++count}`;
}

/** True if a process that has died made this name. */
export function isAbandoned(prefix: NamePrefix, name: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [, pid, ticks] = OWNER_AND_COUNT.exec(name.slice(prefix.length)) ?? [];
  if (pid === undefined) return false;
  const running = startTicks(Number(pid));
  return running === undefined ? !isAlive(Number(pid)) : running !== ticks;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
