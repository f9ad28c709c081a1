import { lstatSync, opendirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseTime } from "@gvpie/app-common";
import { parseCartridgeName, type ScriptStore } from "@gvpie/daemon/store";
import { cartridgePages, cartridgePath } from "../cartridge-files.ts";
import { defineCommand, durationOption, type Command } from "../command.ts";
import { counted } from "../counted.ts";
import { print, say } from "../output.ts";
import { startProgress, type ProgressLine } from "../progress.ts";
import { STORE_OPTIONS, withStore } from "../store.ts";

/** Names that are looked up at a time. */
const LOOKUP = 256;
/** Least age in milliseconds of a file that is deleted, so that no file is deleted that a run is saving. */
const MIN_AGE_MS = 60_000;
/** Milliseconds between the start of a run and the time in the name of its file: another file may have that name. */
const MAX_RENAMED_MS = 1_000;

export const collect: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: `Deletes the cartridges whose runs have all been deleted, and the ones that no run of this database has ever named: their
process died between saving and recording. It looks only in folders that a daemon on this machine has saved in, and only
at files with the names of cartridges; a file that any run names stays. This may run beside a daemon. If two databases
save in one folder, cartridges of the other database may be deleted: give each database a folder of its own.`,
  examples: [
    ["gvpie cartridges collect --dry-run", "print the files that no run names"],
    ["gvpie cartridges collect --older-than 7d", "delete the ones that are more than a week old"],
  ],
  seeAlso: ["runs prune"],
  options: {
    ...STORE_OPTIONS,
    "older-than": {
      type: "string",
      value: "duration",
      help: "only files that are older than this; at least one minute",
      default: "1d",
    },
    "dry-run": { type: "boolean", help: "print the paths of the files, and delete none" },
  },
  async run({ db, ...flags }) {
    const ageMs = durationOption("--older-than", flags["older-than"], { minMs: MIN_AGE_MS });
    const isDry = flags["dry-run"];
    const before = Date.now() - ageMs;
    await withStore(db, async (store) => {
      using progress = startProgress();
      const total = { files: 0, bytes: 0 };
      const take = (path: string, savedAt?: number): void => {
        const stats = lstatSync(path, { throwIfNoEntry: false });
        if (!stats?.isFile() || (savedAt ?? stats.mtimeMs) >= before) return;
        if (isDry) print(`${path}\n`);
        else rmSync(path, { force: true });
        total.files++;
        total.bytes += stats.size;
      };
      const except = await namedElsewhere(store);
      let foreign = 0;
      for (const folder of await store.listCartridgeFolders()) {
        if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
        const orphans: string[] = [];
        for await (const name of orphansIn(store, folder, progress)) {
          if (await isForeign(store, name)) foreign++;
          else orphans.push(name);
        }
        const named = await store.findNamedFiles(new Set(orphans));
        for (const name of orphans) if (!named.has(name)) take(join(folder, name));
        if (isDry) await listUnused(store, folder, except, take);
        else await giveUpUnused(store, { folder, except, before }, total, progress);
      }
      if (foreign > 0) {
        say(
          `left ${counted(foreign, "file")} of other runs with the same numbers: another database uses the folder`,
        );
      }
      const verb = isDry ? "would delete" : "deleted";
      say(`${verb} ${counted(total.files, "file")} of ${counted(total.bytes, "byte")}`);
    });
  },
});

/** Returns the names of unused files that runs of other programs or other scripts name. */
async function namedElsewhere(store: ScriptStore): Promise<Set<string>> {
  const unused = new Set<string>();
  for await (const page of cartridgePages(store, true, Infinity)) for (const { key } of page) unused.add(key);
  return store.findNamedFiles(unused);
}

/** Returns true if the run with the number in the name did not start at the time in the name. */
async function isForeign(store: ScriptStore, name: string): Promise<boolean> {
  const { time, run: id } = parseCartridgeName(name) ?? {};
  const run = id === undefined ? undefined : await store.getRun(id);
  const startedAt = parseTime(run?.startedAt ?? "");
  return time !== undefined && startedAt !== undefined && Math.abs(time - startedAt) > MAX_RENAMED_MS;
}

/** Yields the names of cartridges in the folder that the store does not know. */
async function* orphansIn(
  store: ScriptStore,
  folder: string,
  progress: ProgressLine,
): AsyncGenerator<string> {
  const directory = opendirSync(folder);
  let names: string[] = [];
  let looked = 0;
  const unknown = async (): Promise<string[]> => {
    const orphans = await store.findOrphans(folder, names);
    progress.update({ label: "looking", done: (looked += names.length), unit: "files" });
    names = [];
    return orphans;
  };
  for await (const { name } of directory) {
    if (parseCartridgeName(name) !== undefined && names.push(name) >= LOOKUP) yield* await unknown();
  }
  yield* await unknown();
}

async function listUnused(
  store: ScriptStore,
  folder: string,
  except: ReadonlySet<string>,
  take: (path: string, savedAt: number) => void,
): Promise<void> {
  for await (const page of cartridgePages(store, true, Infinity)) {
    for (const file of page) {
      const path = cartridgePath(file);
      const name = parseCartridgeName(file.key);
      if (except.has(file.key)) continue;
      if (name !== undefined && path === join(folder, file.key)) take(path, name.time);
    }
  }
}

/** Deletes the files whose runs have all been deleted. The store gives them up first, so that no run uses them again. */
async function giveUpUnused(
  store: ScriptStore,
  {
    folder,
    except,
    before,
  }: { readonly folder: string; readonly except: ReadonlySet<string>; readonly before: number },
  total: { files: number; bytes: number },
  progress: ProgressLine,
): Promise<void> {
  const rules = { folder, keep: 0, unused: true, except, olderThan: new Date(before).toISOString() };
  for (;;) {
    const { paths, isDone } = await store.giveUpCartridges(rules);
    for (const path of paths) {
      total.bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
      rmSync(path, { force: true });
      total.files++;
    }
    progress.update({ label: "deleting", done: total.files, unit: "files" });
    if (isDone) return;
  }
}
