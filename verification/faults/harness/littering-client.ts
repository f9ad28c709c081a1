// Litters the tree of a server with entries of every kind, and then reports that it is done. Argument: {"dir", "count"}.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { report } from "./report-line.ts";

const { dir, count } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; count: number };
const full = (path: string, number: number): void => {
  const staged = `${dir}/staged-${number}`;
  mkdirSync(staged);
  writeFileSync(`${staged}/kept`, "kept");
  renameSync(staged, path);
};

report({ type: "littering" });
for (let number = 0; number < count; number++) {
  writeFileSync(`${dir}/v1/new/file ${number}`, "x");
  full(`${dir}/v1/new/folder ${number}`, number);
  full(`${dir}/v1/out/folder ${number}`, number);
  writeFileSync(`${dir}/v1/bad/file ${number}`, "x");
  // Process 1 started at another time, so these clients have ended, and their leases last for 12 s.
  mkdirSync(`${dir}/v1/out/1-1-x${number}`);
}
report({ type: "done" });
