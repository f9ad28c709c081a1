import { LANGS, type Lang } from "@gvpie/daemon/store";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { counted } from "../counted.ts";
import { UsageError } from "../errors.ts";
import { print, printJson, printSource, say } from "../output.ts";
import { allScripts, STORE_OPTIONS, withReader, withStore } from "../store.ts";
import { formatTable } from "../table.ts";
import { line } from "../terminal-text.ts";
import { intervalOf, nextOf, stateOf } from "./script-state.ts";
import {
  checkRuns,
  isProgram,
  MAX_VERSION,
  patchedOptions,
  readOptions,
  readScript,
  SCRIPT_OPTIONS,
} from "./script-options.ts";

export const list: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "STATE is refused, disabled, paused, running, failing (its last run failed), waiting (it is due), or enabled. NEXT is",
    "the time until the next planned start. INTERVAL is empty if the script has the interval of the daemon.",
  ].join("\n"),
  seeAlso: ["status", "runs list"],
  options: { ...STORE_OPTIONS, json: { type: "boolean", help: "print the scripts as JSON" } },
  examples: [["gvpie scripts list", "list the scripts"]],
  async run({ db, json }) {
    const [scripts, pausedAt] = await withReader(db, async (store) => {
      const { pausedAt: at } = await store.readOverview({ failuresSince: new Date().toISOString() });
      return [await allScripts(store), at] as const;
    });
    if (json) {
      printJson(scripts);
      return;
    }
    if (scripts.length === 0) {
      say("no scripts");
      return;
    }
    const now = Date.now();
    const rows = scripts.map((script) => [
      script.name,
      script.lang,
      stateOf(script, now),
      `${script.successCount} of ${script.runCount}`,
      intervalOf(script),
      nextOf(script, now),
      script.lastRunAt ?? "never",
    ]);
    print(formatTable([["NAME", "LANGUAGE", "STATE", "SUCCEEDED", "INTERVAL", "NEXT", "LAST RUN"], ...rows]));
    if (pausedAt !== undefined) {
      say(line`warning: all starts are paused since ${pausedAt}; gvpie scripts resume --all`);
    }
    for (const { name, refused } of scripts) {
      if (refused !== undefined) say(line`warning: ${name} never runs: ${refused}`);
    }
  },
});

export const add: Command = defineCommand({
  usage: "<name> <file|->",
  positionals: [2, 2],
  details: [
    "A .py file becomes a python script. A PNG becomes a cartridge script, which stores the absolute path of the PNG.",
    "Any other file is a pixel program; it is added only if it runs without errors with these options.",
  ].join("\n"),
  seeAlso: ["check", "runs list"],
  options: {
    ...STORE_OPTIONS,
    lang: { type: "string", value: "name", help: "language of the script", choices: LANGS },
    ...SCRIPT_OPTIONS,
    disabled: { type: "boolean", help: "add the script disabled" },
  },
  examples: [
    ["gvpie scripts add panel panel.pxl --interval 30s", "start it every 30 seconds"],
    ["gvpie scripts add report report.py --cron '0 6 * * *' --tz Europe/Berlin", "every day at 06:00"],
    ["gvpie scripts add badge panel.pxl --lang gvpie --size 64x32", "render it with gvpie-daemon"],
  ],
  async run({ db, lang: wanted, disabled, ...values }, [name = "", path = ""]) {
    const { lang, code } = readScript(path, wanted as Lang | undefined);
    const options = patchedOptions({}, await readOptions(values));
    if (isProgram(lang)) {
      checkRuns(path, code, options);
    } else if (options.params !== undefined) {
      throw new UsageError(`--param: expected a pixel program, got a ${lang} script: ${path}`);
    }
    await withStore(db, (store) => store.addScript({ name, lang, code, enabled: !disabled, options }));
    say(line`added ${name}, a ${lang} script`);
  },
});

export const show: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details:
    "On a terminal, control characters are made visible; to a file or a pipe, the code is written unchanged.",
  options: {
    ...STORE_OPTIONS,
    version: { type: "string", value: "n", help: "print an earlier version of the code" },
    json: { type: "boolean", help: "print all fields of the script, or of the version, as JSON" },
  },
  examples: [
    ["gvpie scripts show clock > clock.pxl", "save the code of a script"],
    ["gvpie scripts show clock --version 3", "print version 3 of the code"],
  ],
  async run({ db, version, json }, [name = ""]) {
    const number = version === undefined ? undefined : integerOption("--version", version, 1, MAX_VERSION);
    const script = await withReader<{ readonly code: string }>(db, (store) =>
      number === undefined ? store.getScript(name) : store.getVersion(name, number),
    );
    if (json) {
      printJson(script);
    } else {
      printSource(script.code.endsWith("\n") ? script.code : `${script.code}\n`);
    }
  },
});

export const enable: Command = switchCommand("enabled", true);
export const disable: Command = switchCommand("disabled", false);

export const remove: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details: "Cartridges are kept. To keep the records of the runs, disable the script instead.",
  examples: [["gvpie scripts remove clock", "delete the script and the records of its runs"]],
  seeAlso: ["runs prune", "cartridges collect"],
  options: STORE_OPTIONS,
  async run({ db }, [name = ""]) {
    const { runs } = await withStore(db, (store) => store.removeScript(name));
    say(line`removed ${name} and the records of ${counted(runs, "run")}`);
  },
});

function switchCommand(state: string, enabled: boolean): Command {
  return defineCommand({
    usage: "<name>",
    positionals: [1, 1],
    examples: [
      enabled
        ? ["gvpie scripts enable clock", "start it again; a running daemon does so at once"]
        : ["gvpie scripts disable clock", "start it no more, and keep it and its runs"],
    ],
    options: STORE_OPTIONS,
    async run({ db }, [name = ""]) {
      await withStore(db, (store) => store.updateScript(name, { enabled }));
      say(line`${state} ${name}`);
    },
  });
}
