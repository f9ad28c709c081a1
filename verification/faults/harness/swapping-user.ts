// Becomes another user and swaps, without a pause, the file, the link or nothing at `path` and at `directory`. Reports the
// number of swaps. Argument: {"uid", "path", "target", "directory", "targetDirectory"}.
import { mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { report } from "./report-line.ts";

const { uid, path, target, directory, targetDirectory } = JSON.parse(process.argv[2] ?? "{}") as {
  uid: number;
  path: string;
  target: string;
  directory: string;
  targetDirectory: string;
};
process.setgroups?.([]);
process.setgid?.(uid);
process.setuid?.(uid);

const prepared = `${path}.${process.pid}`;
const steps: readonly (() => void)[] = [
  () => (symlinkSync(target, prepared), renameSync(prepared, path)),
  () => (writeFileSync(prepared, "", { mode: 0o666 }), renameSync(prepared, path)),
  () => unlinkSync(path),
  () => (mkdirSync(directory), undefined),
  () => rmdirSync(directory),
  () => symlinkSync(targetDirectory, directory),
  () => unlinkSync(directory),
];
report({ type: "swapping" });
for (let swaps = 0, round = 0; ; round += 1) {
  for (const step of steps) {
    try {
      step();
      swaps += 1;
    } catch {
      // The other side was faster: the entry is missing, or belongs to the user who writes.
    }
  }
  if (round % 1_000 === 0) {
    report({ type: "swaps", swaps });
    await nextTurn();
  }
}
