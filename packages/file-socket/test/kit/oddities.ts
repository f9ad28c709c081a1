import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The content of a file that must not change, and must not be obeyed. */
export const VICTIM = '{"op":"render_program","code":"victim","width":1,"height":1,"format":"RGBA"}';

/** Things that are no request file. Each puts one at `path`, beside a `victim` that it may point to. */
export const ODDITIES: readonly {
  kind: string;
  code: string;
  make: (path: string, victim: string) => void;
}[] = [
  { kind: "a symbolic link", code: "FSOCK_BAD_FILE", make: (path, victim) => symlinkSync(victim, path) },
  { kind: "a dangling link", code: "FSOCK_BAD_FILE", make: (path) => symlinkSync("/nowhere", path) },
  { kind: "a hard link", code: "FSOCK_BAD_FILE", make: (path, victim) => linkSync(victim, path) },
  { kind: "a FIFO", code: "FSOCK_BAD_FILE", make: (path) => void execFileSync("mkfifo", [path]) },
  {
    kind: "a directory",
    code: "FSOCK_BAD_FILE",
    make: (path) => {
      mkdirSync(path);
      writeFileSync(`${path}/inside`, "kept");
    },
  },
  {
    kind: "a sparse file of 1 GiB",
    code: "FSOCK_REQUEST_TOO_LARGE",
    make: (path) => {
      writeFileSync(path, "");
      truncateSync(path, 2 ** 30);
    },
  },
];

/** A victim outside of the socket directory. */
export function placeVictim(dir: string): string {
  const victim = `${dirname(dir)}/victim`;
  writeFileSync(victim, VICTIM);
  return victim;
}
