import { counted } from "../counted.ts";
import { existsSync } from "node:fs";
import { formatBytes } from "@gvpie/app-common";
import {
  backupStore,
  checkStore,
  openStore,
  restoreStore,
  schemaSql,
  type MigrationCopy,
  type StoreProgress,
} from "@gvpie/daemon/store";
import { defineCommand, type Command } from "../command.ts";
import { print, printJson, say } from "../output.ts";
import { startProgress, type ProgressLine } from "../progress.ts";
import { STORE_OPTIONS } from "../store.ts";
import { styleFor } from "../style.ts";
import { line } from "../terminal-text.ts";

const DAMAGED = 1;

export const init: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "A new database contains one script, hello_gpu. An existing one keeps its scripts and runs. Before one with rows is",
    "migrated, it is copied to <database>.before-<migration>, in the same folder.",
  ].join("\n"),
  examples: [
    ["gvpie db init", "create or migrate db/daemon.db"],
    ["gvpie db init --db weather.db", "another file"],
  ],
  seeAlso: ["scripts add"],
  options: {
    ...STORE_OPTIONS,
    "no-copy": { type: "boolean", help: "migrate without a copy; make one elsewhere with db backup first" },
  },
  async run({ db, "no-copy": noCopy }) {
    const existed = existsSync(db);
    let kept: MigrationCopy | undefined;
    using progress = startProgress();
    const store = await openStore({
      path: db,
      keepCopy: !noCopy,
      onCopy: (copy) => {
        kept = copy;
        showProgress(progress, { ...copy, step: "copy" });
      },
    });
    await store.close();
    progress[Symbol.dispose]();
    if (kept !== undefined) say(line`the database as it was before the migration is now ${kept.path}`);
    say(existed ? line`${db} is up to date` : line`created ${db}`);
  },
});

export const schema: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details:
    "This is the SQL that db init runs. Other tools may use the tables improvement_scripts and improvement_runs.",
  examples: [["gvpie db schema > schema.sql", "save it, to read the tables from another program"]],
  options: {},
  async run() {
    print(await schemaSql());
  },
});

export const backup: Command = defineCommand({
  usage: "<file>",
  positionals: [1, 1],
  details: [
    "Copies the database as it is at one moment, while daemons run. The copy is verified, and gets its name only when",
    "it is complete. Cartridges are files of their own: copy their folder after the database, so that it has every file",
    "that a run names.",
  ].join("\n"),
  examples: [
    ['gvpie db backup "backup-$(date +%F).db"', "back up db/daemon.db to a file with the date in its name"],
    ["gvpie db backup daemon-backup.db --force", "replace the previous backup"],
  ],
  options: { ...STORE_OPTIONS, force: { type: "boolean", help: "replace an existing file" } },
  async run({ db, force }, [file = ""]) {
    using progress = startProgress();
    const { bytes, scripts, runs } = await backupStore({
      path: db,
      to: file,
      replace: force,
      onProgress: (state) => showProgress(progress, state),
    });
    progress[Symbol.dispose]();
    say(
      line`wrote ${file}: ${counted(scripts, "script")} and ${counted(runs, "run")}, ${formatBytes(bytes)}`,
    );
  },
});

export const restore: Command = defineCommand({
  usage: "<file>",
  positionals: [1, 1],
  details: [
    "Stop the daemons first: a database that a process has open is not replaced.",
    "The backup is copied and verified before it takes the place of the database, which stays beside it as",
    "<database>.before-restore-<time>. Later runs get higher ids than the runs of either.",
  ].join("\n"),
  examples: [["gvpie db restore daemon-backup.db", "go back to the backup, and keep the present database"]],
  options: STORE_OPTIONS,
  async run({ db }, [file = ""]) {
    using progress = startProgress();
    const { scripts, runs, kept } = await restoreStore({
      path: db,
      from: file,
      onProgress: (state) => showProgress(progress, state),
    });
    progress[Symbol.dispose]();
    say(line`restored ${db} from ${file}: ${counted(scripts, "script")} and ${counted(runs, "run")}`);
    if (kept !== undefined) say(line`the database that was there is now ${kept}`);
  },
});

export const check: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "Checks pages, schema, references, counters and the cartridges of this machine, while daemons run. Changes nothing.",
    "Warnings are about rows and files that other programs have changed.",
  ].join("\n"),
  examples: [
    ["gvpie db check", "check db/daemon.db beside a running daemon"],
    ["gvpie db check --full --db daemon-backup.db", "check a backup in full"],
  ],
  exitCodes: [
    ["0", "The database is sound; there may be warnings."],
    ["1", "It is damaged, or cannot be read."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["doctor"],
  options: {
    ...STORE_OPTIONS,
    full: { type: "boolean", help: "also compare indexes with tables, and look for every cartridge" },
    json: { type: "boolean", help: "print the result as JSON" },
  },
  async run({ db, full, json }) {
    using progress = startProgress();
    const found = await checkStore({
      path: db,
      full,
      onProgress: (state) => showProgress(progress, state),
    });
    progress[Symbol.dispose]();
    const isDamaged = found.findings.some(({ level }) => level === "error");
    if (json) {
      printJson(found);
    } else {
      const style = styleFor("stdout");
      for (const { level, code, message } of found.findings) {
        const word = level === "error" ? style("red", "error") : style("yellow", "warning");
        print(line`${word}: ${code}: ${message}\n`);
      }
      const migration = found.isCurrent ? "" : "; of an older version, which `gvpie db init` migrates";
      if (!isDamaged) {
        print(
          line`${db}: ok, ${counted(found.scripts, "script")}, ${counted(found.runs, "run")}, ${formatBytes(found.bytes)}; looked for ${counted(found.cartridges, "cartridge")}${migration}\n`,
        );
      }
    }
    return isDamaged ? DAMAGED : undefined;
  },
});

function showProgress(progress: ProgressLine, { step, doneBytes, totalBytes }: StoreProgress): void {
  const label = step === "copy" ? "copying" : "verifying";
  progress.update({
    label,
    done: doneBytes,
    total: totalBytes,
    unit: "bytes",
    isLong: step === "verify",
  });
}
