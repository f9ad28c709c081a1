import type { Lang, Script, ScriptChanges, ScriptStore } from "@gvpie/daemon/store";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { say } from "../output.ts";
import { STORE_OPTIONS, withStore } from "../store.ts";
import { line } from "../terminal-text.ts";
import { changesOf, describeChange } from "./script-changes.ts";
import {
  checkRuns,
  isProgram,
  MAX_VERSION,
  patchedOptions,
  readOptions,
  readScript,
  SCRIPT_OPTIONS,
} from "./script-options.ts";

export const set: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details: [
    "Options that are not given stay as they are. The value `none` removes an option, and `--param none` all parameters.",
    "An interval removes the cron line, and a cron line the interval. The script starts immediately, unless it is paused.",
    "A program is stored only if it runs without errors with the options that the script then has.",
  ].join("\n"),
  seeAlso: ["runs list"],
  options: {
    ...STORE_OPTIONS,
    code: { type: "string", value: "file|-", help: "replace the code, in the same language" },
    "code-version": {
      type: "string",
      value: "n",
      help: "go back to the code of this version, as scripts versions lists it",
    },
    ...SCRIPT_OPTIONS,
  },
  examples: [
    ["gvpie scripts set clock --interval 15m --retries 2", "every 15 minutes; two early retries"],
    ["gvpie scripts set clock --cron '0 6 * * 1-5' --tz Europe/Berlin", "at 06:00 on weekdays"],
    ["gvpie scripts set clock --code clock.pxl --param time=12:34", "new code and a parameter"],
    ["gvpie scripts set clock --code-version 3", "an earlier version of the code"],
    ["gvpie scripts set clock --timeout none", "the time limit of the daemon again"],
  ],
  async run({ db, code: path, "code-version": versionText, ...values }, [name = ""]) {
    const patchOptions = await readOptions(values);
    const version =
      versionText === undefined ? undefined : integerOption("--code-version", versionText, 1, MAX_VERSION);
    if (path !== undefined && version !== undefined) {
      throw new UsageError("expected --code or --code-version, got both");
    }
    const isGiven = path ?? version ?? Object.values(patchOptions).find((value) => value !== undefined);
    if (isGiven === undefined) {
      throw new UsageError("expected an option to change, such as --interval 60s, got none");
    }
    await withStore(db, async (store) => {
      const before = await store.getScript(name);
      const code = await newCode(store, before, path, version);
      checkProgram(path, before, { ...code, patchOptions });
      const after = await store.updateScript(name, { ...code, patchOptions });
      const changes = await changesOf(before, after);
      for (const change of changes) say(line`${name}: ${describeChange(change)}`);
      if (changes.length === 0) say(line`${name}: nothing changed`);
    });
  },
});

async function newCode(
  store: ScriptStore,
  before: Script,
  path: string | undefined,
  version: number | undefined,
): Promise<Pick<ScriptChanges, "lang" | "code">> {
  if (path !== undefined) return { code: readScript(path, before.lang).code };
  if (version === undefined) return {};
  const { lang, code } = await store.getVersion(before.name, version);
  // The store refuses a language that it does not know.
  return { lang: lang as Lang, code };
}

/** Checks a program with the options that the script will have, if a change can make it fail. */
function checkProgram(
  path: string | undefined,
  { name, lang: oldLang, code, options }: Script,
  { lang = oldLang, code: newCode, patchOptions = {} }: ScriptChanges,
): void {
  const { width, height, params } = patchOptions;
  const matters = [newCode, width, height, params].some((value) => value !== undefined);
  if (!isProgram(lang)) {
    if (params) throw new UsageError(`--param: expected a pixel program, got a ${lang} script: ${name}`);
    return;
  }
  if (matters) checkRuns(path ?? name, newCode ?? code, patchedOptions(options, patchOptions));
}
