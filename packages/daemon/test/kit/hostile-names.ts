import { createDaemon } from "@gvpie/daemon";
import { openStore } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makePlace } from "./place.ts";

/** What became of cartridges of scripts with hostile names. */
export interface HostileNamesResult {
  readonly names: number;
  /** Files in the folder. */
  readonly saved: number;
  /** Different paths that runs were recorded with. */
  readonly unique: number;
  /** Paths recorded outside of the folder, or with a name that is no plain one. */
  readonly unsafe: readonly string[];
  /** What appeared outside of the folder. */
  readonly astray: readonly string[];
}

/** A name such as a hostile script might have. The same for the same seed. */
function hostileName(seed: number): string {
  const parts = [
    "../",
    "..",
    "/etc/passwd",
    "\0",
    "\u202e",
    "\ud83d\ude00",
    "é",
    "C:\\",
    "-rf",
    " ",
    ".",
    "~",
    "\n",
    "%2e",
    "con",
    "a".repeat(300),
    "名",
    "'",
    '"',
    "$(id)",
    "`",
    "\u0301",
    "_",
    "png",
  ];
  let state = seed * 2_654_435_761;
  let name = "";
  for (let i = 0; i <= seed % 6; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    name += parts[state % parts.length] ?? "";
  }
  return `${name}${seed % 3 === 0 ? "" : seed}`;
}

/** Runs as many scripts, each with a name that somebody wishes us ill with, and looks where their cartridges went. */
export async function saveHostileNames(count: number): Promise<HostileNamesResult> {
  using place = makePlace();
  const outer = join(place.root, "outer");
  const folder = join(outer, "a", "b", "cartridges");
  const names = [...new Set(Array.from({ length: 2 * count + 50 }, (_, seed) => hostileName(seed)))].slice(
    0,
    count,
  );
  const store = await openStore({ path: place.path, synchronous: "normal" });
  await store.removeScript("hello_gpu");
  const database = new Database(place.path);
  const insert = database.prepare(
    "INSERT INTO improvement_scripts (name, lang, code) VALUES (?, 'pixel', 'HALT')",
  );
  database.transaction(() => names.forEach((name) => insert.run(name)))();
  database.close();
  const runners = { pixel: { run: () => pixelOnePixel } };
  const reports = await createDaemon({ store, cartridges: folder, runners, concurrency: 64 }).runOnce();
  await store.close();
  const paths = new Set(reports.map((run) => run.cartridgePath ?? ""));
  const isSafe = (path: string): boolean =>
    dirname(resolve(path)) === folder && /^[A-Za-z0-9_-]{1,64}_\d{13}_\d{1,5}\.png$/.test(basename(path));
  return {
    names: names.length,
    saved: readdirSync(folder).length,
    unique: paths.size,
    unsafe: [...paths].filter((path) => !isSafe(path)),
    astray: [...readdirSync(outer), ...readdirSync(join(outer, "a"))].filter(
      (name) => name !== "a" && name !== "b",
    ),
  };
}

const pixelOnePixel = Promise.resolve({
  drawing: {
    frame: { width: 1, height: 1, data: new Uint8ClampedArray(4) },
    program: "HALT",
    background: "#00000000",
    backend: "cpu",
    adapter: "cpu",
  },
  stdout: "",
  stderr: "",
});
