import { existsSync } from "node:fs";
import { openStore, schemaSql } from "@gvpie/daemon/store";
import { defineCommand, type Command } from "../command.ts";
import { print, say } from "../output.ts";
import { STORE_OPTIONS } from "../store-options.ts";

export const init: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: "A new database holds one script, hello_gpu. An existing one keeps all its scripts and runs.",
  options: STORE_OPTIONS,
  async run({ db }) {
    const existed = existsSync(db);
    const store = await openStore({ path: db });
    await store.close();
    say(existed ? `${db} is up to date` : `created ${db}`);
  },
});

export const schema: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details:
    "What db init runs for a new database; improvement_scripts and improvement_runs are open to other tools.",
  options: {},
  async run() {
    print(await schemaSql());
  },
});
