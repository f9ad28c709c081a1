import { lstatSync, opendirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CartridgeFile, ScriptStore, StoreReader } from "@gvpie/daemon/store";
import { defineCommand, durationOption, integerOption, type Command } from "../command.ts";
import { print, printJsonItems, say } from "../output.ts";
import { startProgress, type ProgressLine } from "../progress.ts";
import { STORE_OPTIONS, withReader, withStore } from "../store.ts";
import { formatTable } from "../table.ts";

/** `<slug>_<unix milliseconds>_<run id>.png` */
const CARTRIDGE_NAME = /_(\d{1,16})_(\d{1,16})\.png$/;
const MAX_LISTED = 1_000_000;
const PAGE = 1_000;
/** Names that are looked up at a time. */
const LOOKUP = 256;
/** Least age in milliseconds of a file that is deleted, so that none is that a run is saving. */
const MIN_AGE_MS = 60_000;
/** Milliseconds between the start of a run and the time in the name of its file: another file may have that name. */
const MAX_RENAMED_MS = 1_000;

export const list: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  examples: [["gvpie cartridges list --unused", "list the files whose runs have all been deleted"]],
  seeAlso: ["runs list"],
  options: {
    ...STORE_OPTIONS,
    unused: { type: "boolean", help: "list only files whose runs have all been deleted" },
    limit: {
      type: "string",
      value: "n",
      help: "maximum number of files to list, oldest first",
      default: "1000",
    },
    json: { type: "boolean", help: "print the files as JSON" },
  },
  async run({ db, unused, limit, json }) {
    const max = integerOption("--limit", limit, 1, MAX_LISTED);
    await withReader(db, async (store) => {
      const pages = pagesOf(store, unused, max);
      if (json) return printJsonItems(pages);
      const rows: string[][] = [];
      for await (const page of pages) rows.push(...page.map(toRow));
      if (rows.length === 0) return say("no cartridges");
      print(formatTable([["SCRIPT", "FIRST RUN", "LAST RUN", "BYTES", "STATE", "FILE"], ...rows]));
    });
  },
});

async function* pagesOf(store: StoreReader, unused: boolean, max: number): AsyncGenerator<CartridgeFile[]> {
  let after = 0;
  for (let left = max; left > 0; left -= PAGE) {
    const limit = Math.min(PAGE, left);
    const page = await store.listCartridges({ after, limit, unused });
    yield page;
    after = page.at(-1)?.id ?? after;
    if (page.length < limit) return;
  }
}

function toRow(file: CartridgeFile): string[] {
  const { scriptName, firstRunId, lastRunId, bytes, isUsed } = file;
  const ids = [String(firstRunId), String(lastRunId)];
  return [scriptName ?? "(removed)", ...ids, String(bytes ?? ""), isUsed ? "used" : "unused", pathOf(file)];
}

function pathOf({ root, key }: CartridgeFile): string {
  if (root === undefined) return key;
  return root.startsWith("file:///") ? join(fileURLToPath(root), key) : `${root}/${key}`;
}

export const collect: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: `Deletes the cartridges whose runs have all been deleted, and the ones that no run of this database has ever named: their
process died between saving and recording. It looks only in folders that a daemon on this machine has saved in, and only
at files with the names of cartridges; a file that any run names stays. This may run beside a daemon. Files of another
database in the same folder can be told only while this one has runs with the same numbers, and others would be deleted:
give each database a folder of its own.`,
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
        const left = foreign === 1 ? "1 file" : `${foreign.toLocaleString("en-US")} files`;
        say(`left ${left} of other runs with the same numbers: another database uses the folder`);
      }
      const files = total.files === 1 ? "1 file" : `${total.files.toLocaleString("en-US")} files`;
      say(`${isDry ? "would delete" : "deleted"} ${files} of ${total.bytes.toLocaleString("en-US")} bytes`);
    });
  },
});

/** Returns the names of unused files that runs of other programs or other scripts name. */
async function namedElsewhere(store: ScriptStore): Promise<Set<string>> {
  const unused = new Set<string>();
  for await (const page of pagesOf(store, true, Infinity)) for (const { key } of page) unused.add(key);
  return store.findNamedFiles(unused);
}

/** Returns true if the run with the number in the name did not start at the time in the name. */
async function isForeign(store: ScriptStore, name: string): Promise<boolean> {
  const [, time, id] = CARTRIDGE_NAME.exec(name) ?? [];
  const run = await store.getRun(Number(id));
  const startedAt = Date.parse(run?.startedAt ?? "");
  return Math.abs(Number(time) - startedAt) > MAX_RENAMED_MS;
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
    if (CARTRIDGE_NAME.test(name) && names.push(name) >= LOOKUP) yield* await unknown();
  }
  yield* await unknown();
}

async function listUnused(
  store: ScriptStore,
  folder: string,
  except: ReadonlySet<string>,
  take: (path: string, savedAt: number) => void,
): Promise<void> {
  for await (const page of pagesOf(store, true, Infinity)) {
    for (const file of page) {
      const path = pathOf(file);
      const time = CARTRIDGE_NAME.exec(file.key)?.[1];
      if (except.has(file.key)) continue;
      if (path === join(folder, file.key) && time !== undefined) take(path, Number(time));
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
