import { spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@gvpie/daemon/store";
import { isRoot, sum } from "@gvpie/testing";
import { mountWrapper } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { createScripts, moreRuns, reportedRuns, startLoop } from "../harness/script-loop.ts";

interface Outcome {
  readonly kind: string;
  readonly exit: number | string;
  /** True if the last message has the code and says where the file is or that it was removed. */
  readonly isClear: boolean;
  /** Runs that the loop reported as recorded. */
  readonly reported: number;
  /** Reported runs that are missing from the database where it is now; all rows are counted if it was removed. */
  readonly lost: number;
  /** Reported runs whose cartridge is missing. */
  readonly withoutCartridge: number;
  /** True if the database that stands at the path now is as its maker left it. */
  readonly isOtherIntact: boolean;
}

interface Kind {
  readonly kind: string;
  /** Moves, removes or replaces the database; returns where it is now, and the path of a database that must stay as it is. */
  readonly cause: (at: Place) => Promise<{ readonly now?: string; readonly other?: string }>;
  readonly words: RegExp;
  readonly needsMount?: boolean;
}

interface Place {
  readonly root: string;
  readonly path: string;
  readonly pid: number;
}

const SIDE_FILES = ["", "-wal", "-shm"];

const KINDS: readonly Kind[] = [
  {
    kind: "moved",
    cause: async ({ root, path }) => {
      renameSync(path, join(root, "old.db"));
      return { now: join(root, "old.db") };
    },
    words: /moved to .*old\.db/,
  },
  {
    kind: "folder moved",
    cause: async ({ root, path }) => {
      renameSync(dirname(path), join(root, "old"));
      return { now: join(root, "old", "daemon.db") };
    },
    words: /moved to .*old\/daemon\.db/,
  },
  {
    kind: "removed",
    cause: async ({ path }) => {
      for (const suffix of SIDE_FILES) rmSync(path + suffix);
      return {};
    },
    words: /it was removed/,
  },
  {
    kind: "log removed",
    cause: async ({ path }) => {
      rmSync(`${path}-wal`);
      return { now: path };
    },
    words: /-wal: .*it was removed/,
  },
  {
    kind: "replaced by another",
    cause: async ({ root, path }) => {
      const other = join(root, "other.db");
      await (await openStore({ path: other })).close();
      linkSync(path, join(root, "old.db"));
      renameSync(other, path);
      return { now: join(root, "old.db"), other: path };
    },
    words: /got another one/,
  },
  {
    kind: "folder replaced",
    cause: async ({ root, path }) => {
      renameSync(dirname(path), join(root, "old"));
      await (await openStore({ path })).close();
      return { now: join(root, "old", "daemon.db"), other: path };
    },
    words: /got another one|got none/,
  },
  {
    kind: "covered by a mount",
    cause: async ({ root, path, pid }) => {
      mkdirSync(join(root, "other"));
      await (await openStore({ path: join(root, "other", "daemon.db") })).close();
      const args = ["-t", String(pid), "-m", "mount", "--bind", join(root, "other"), dirname(path)];
      const { status, stderr } = spawnSync("nsenter", args, { encoding: "utf8" });
      if (status !== 0) throw new Error(`cannot mount: ${stderr}`);
      return { now: path, other: join(root, "other", "daemon.db") };
    },
    words: /got another one/,
    needsMount: true,
  },
];

export const databaseMoved = defineCase<Outcome>({
  number: 37,
  fault: "the database of the script loop is moved, removed or replaced while it is open",
  required:
    "the loop ends with an error that says where the file is, and writes to no other database: every run that it reported is in the moved file, 0 lost; every cartridge stays",
  async run(context) {
    for (const { kind, cause, words, needsMount = false } of KINDS) {
      if (needsMount && !isRoot) continue;
      for (let round = context.count(10, 1); round > 0; round--) {
        const root = dirname(context.newSocketPath());
        const path = join(root, "db", "daemon.db");
        const cartridges = join(root, "cartridges");
        await createScripts(path, 4);
        const loop = startLoop(context, path, cartridges, needsMount ? { wrapper: mountWrapper() } : {});
        await moreRuns(loop, 20);
        const { now, other } = await cause({ root, path, pid: loop.pid });
        const content = other === undefined ? undefined : readFileSync(other);
        const exit = await loop.exited;
        const reported = reportedRuns(loop);
        const recorded = now === undefined ? undefined : finishedRuns(now);
        const rowOf = new Map(recorded);
        context.record({
          kind,
          exit,
          isClear: loop.stderr.includes("STORE_MOVED") && words.test(loop.stderr),
          reported: reported.length,
          lost: recorded === undefined ? 0 : reported.filter((id) => !rowOf.has(id)).length,
          withoutCartridge: [...rowOf.values()].filter((file) => !existsSync(file)).length,
          isOtherIntact:
            other === undefined || (content?.equals(readFileSync(other)) === true && isIntact(other)),
        });
      }
    }
  },
  evaluate(observations) {
    const kinds = [...new Set(observations.map(({ kind }) => kind))];
    const isGood = (one: Outcome): boolean =>
      one.exit !== 0 && one.isClear && one.lost === 0 && one.withoutCartridge === 0 && one.isOtherIntact;
    const bad = kinds.filter((kind) => !observations.filter((one) => one.kind === kind).every(isGood));
    const total = (field: "reported" | "lost" | "withoutCartridge"): number =>
      sum(observations.map((one) => one[field]));
    return {
      summary: [
        `${observations.length} times in ${kinds.length} ways: the loop ended ${observations.filter(({ exit }) => exit !== 0).length} times, with a clear error ${observations.filter(({ isClear }) => isClear).length} times`,
        `${total("reported")} runs reported, ${total("lost")} lost, ${total("withoutCartridge")} without their cartridge`,
        `${observations.filter(({ isOtherIntact }) => !isOtherIntact).length} other databases changed`,
        ...(bad.length > 0 ? [`not as required: ${bad.join(", ")}`] : []),
      ].join("; "),
      isMet: kinds.length >= KINDS.length - 1 && bad.length === 0,
    };
  },
});

/** Returns the ids of the finished runs with the paths of their cartridges. */
function finishedRuns(path: string): [id: number, cartridge: string][] {
  const database = new DatabaseSync(path);
  const sql = "SELECT id, cartridge_path FROM improvement_runs WHERE finished_at IS NOT NULL AND success";
  const rows = database.prepare(sql).all();
  database.close();
  return rows.map((row) => [Number(row["id"]), String(row["cartridge_path"])]);
}

function isIntact(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    return database.prepare("PRAGMA integrity_check").get()?.["integrity_check"] === "ok";
  } finally {
    database.close();
  }
}
