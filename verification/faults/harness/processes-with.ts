import { readdirSync, readFileSync } from "node:fs";

/** A running process. */
interface RunningProcess {
  readonly pid: number;
  /** Its arguments, joined with blanks. */
  readonly command: string;
}

/** Returns all running processes with this text in their environment. */
export function processesWith(text: string): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(text)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        // A process that has ended and was not waited for has no command line.
        return command === "" ? [] : [{ pid: Number(pid), command }];
      } catch {
        // It ended meanwhile, or belongs to another user.
        return [];
      }
    });
}
