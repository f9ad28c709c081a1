import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The content of a file that the server must neither change nor execute. */
export const VICTIM = '{"op":"render_program","code":"victim","width":1,"height":1,"format":"RGBA"}';

/** Files that are not valid requests, with the code that refuses them. `make` creates one at `path`; a link points to `victim`. */
export const IRREGULAR_FILES: readonly {
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

/** Creates the victim outside the socket directory. Returns its path. */
export function placeVictim(dir: string): string {
  const victim = `${dirname(dir)}/victim`;
  writeFileSync(victim, VICTIM);
  return victim;
}
