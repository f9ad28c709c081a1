import type { CartridgeFile } from "@gvpie/daemon/store";
import { cartridgePages, cartridgePath } from "../cartridge-files.ts";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { print, printJsonItems, say } from "../output.ts";
import { STORE_OPTIONS, withReader } from "../store.ts";
import { formatTable } from "../table.ts";

const MAX_LISTED = 1_000_000;

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
      const pages = cartridgePages(store, unused, max);
      if (json) return printJsonItems(pages);
      const rows: string[][] = [];
      for await (const page of pages) rows.push(...page.map(toRow));
      if (rows.length === 0) return say("no cartridges");
      print(formatTable([["SCRIPT", "FIRST RUN", "LAST RUN", "BYTES", "STATE", "FILE"], ...rows]));
    });
  },
});

function toRow(file: CartridgeFile): string[] {
  const { scriptName, firstRunId, lastRunId, bytes, isUsed } = file;
  const ids = [String(firstRunId), String(lastRunId)];
  return [
    scriptName ?? "(removed)",
    ...ids,
    String(bytes ?? ""),
    isUsed ? "used" : "unused",
    cartridgePath(file),
  ];
}
