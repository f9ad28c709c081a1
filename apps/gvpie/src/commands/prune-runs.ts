import { pruneInBatches, type PruneRules } from "@gvpie/daemon/store";
import { defineCommand, durationOption, integerOption, type Command } from "../command.ts";
import { counted } from "../counted.ts";
import { UsageError } from "../errors.ts";
import { say } from "../output.ts";
import { startProgress } from "../progress.ts";
import { STORE_OPTIONS, withReader, withStore } from "../store.ts";

const MAX_KEPT = 1_000_000;

export const prune: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: `A run is deleted only if all given options select it. The newest finished run of each script and runs in progress are
kept, and so are the counters of scripts and the cartridges. This may run beside a daemon, and may be interrupted. The
file does not shrink: new runs use the space.`,
  examples: [
    ["gvpie runs prune --older-than 90d --dry-run", "count the runs that started more than 90 days ago"],
    ["gvpie runs prune --older-than 90d --keep 100", "delete them, but keep the last 100 of each script"],
  ],
  seeAlso: ["cartridges collect"],
  options: {
    ...STORE_OPTIONS,
    "older-than": {
      type: "string",
      value: "duration",
      help: "runs that started longer ago than this, such as 90d",
    },
    keep: { type: "string", value: "n", help: "runs beyond the newest n of each script" },
    script: { type: "string", value: "name", help: "only runs of this script" },
    "dry-run": { type: "boolean", help: "print the number of runs, and delete none" },
  },
  async run({ db, keep, script, ...flags }) {
    const age = flags["older-than"];
    if (age === undefined && keep === undefined) {
      throw new UsageError("expected --older-than or --keep, got neither");
    }
    const rules: PruneRules = {
      ...(age !== undefined && { olderThan: agoOption("--older-than", age) }),
      ...(keep !== undefined && { keep: integerOption("--keep", keep, 1, MAX_KEPT) }),
      ...(script !== undefined && { script }),
    };
    if (flags["dry-run"]) {
      const count = await withReader(db, (store) => store.countPrunable(rules));
      say(`would delete ${counted(count, "run")}`);
      return;
    }
    await withStore(db, async (store) => {
      using progress = startProgress();
      const total = progress.isTerminal ? await store.countPrunable(rules) : undefined;
      let deleted = 0;
      for await (const count of pruneInBatches(store, rules, { isSeparate: true })) {
        deleted += count;
        progress.update({ label: "deleting", done: deleted, total, unit: "runs" });
      }
      say(`deleted ${counted(deleted, "run")}`);
    });
  },
});

function agoOption(name: string, text: string): string {
  return new Date(Date.now() - durationOption(name, text, { minMs: 1 })).toISOString();
}
