import { createDaemon } from "@gvpie/daemon";
import { openStore } from "@gvpie/daemon/store";
import { SeededRandom } from "@gvpie/testing";
import Database from "better-sqlite3";
import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { createStoreFixture } from "./store-fixture.ts";

/** Cartridges of scripts with hostile names. */
export interface HostileNamesResult {
  readonly names: number;
  /** Files in the folder. */
  readonly saved: number;
  /** Distinct paths recorded for the runs. */
  readonly unique: number;
  /** Recorded paths outside the folder, or with unexpected characters in the name. */
  readonly unsafe: readonly string[];
  /** Files created outside the folder. */
  readonly outside: readonly string[];
}

const NAME_PARTS = [
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

/** Returns a name that a hostile script may have; the same for the same seed. */
function hostileName(seed: number): string {
  const random = new SeededRandom(seed);
  let name = "";
  for (let i = 0; i <= seed % 6; i++) name += random.pick(NAME_PARTS);
  return `${name}${seed % 3 === 0 ? "" : seed}`;
}

/** Runs `count` scripts with distinct hostile names, and checks the paths of their cartridges. */
export async function saveHostileNames(count: number): Promise<HostileNamesResult> {
  using fixture = createStoreFixture();
  const outer = join(fixture.root, "outer");
  const folder = join(outer, "a", "b", "cartridges");
  const names = [...new Set(Array.from({ length: 2 * count + 50 }, (_, seed) => hostileName(seed)))].slice(
    0,
    count,
  );
  const store = await openStore({ path: fixture.path, synchronous: "normal" });
  await store.removeScript("hello_gpu");
  const database = new Database(fixture.path);
  const insert = database.prepare(
    "INSERT INTO improvement_scripts (name, lang, code) VALUES (?, 'pixel', 'HALT')",
  );
  database.transaction(() => names.forEach((name) => insert.run(name)))();
  database.close();
  const runners = { pixel: { run: () => ONE_PIXEL } };
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
    outside: [...readdirSync(outer), ...readdirSync(join(outer, "a"))].filter(
      (name) => name !== "a" && name !== "b",
    ),
  };
}

const ONE_PIXEL = Promise.resolve({
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
