import { existsSync } from "node:fs";
import { openStore, schemaSql } from "@gvpie/daemon/store";
import { defineCommand, type Command } from "../command.ts";
import { print, say } from "../output.ts";
import { STORE_OPTIONS } from "../store.ts";
import { line } from "../terminal-text.ts";

export const init: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: "A new database contains one script, hello_gpu. An existing one keeps its scripts and runs.",
  options: STORE_OPTIONS,
  async run({ db }) {
    const existed = existsSync(db);
    const store = await openStore({ path: db });
    await store.close();
    say(existed ? line`${db} is up to date` : line`created ${db}`);
  },
});

export const schema: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details:
    "This is the SQL that db init runs. Other tools may use the tables improvement_scripts and improvement_runs.",
  options: {},
  async run() {
    print(await schemaSql());
  },
});
