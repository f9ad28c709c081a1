import { checkScript, StoreError, type Script, type StoreReader } from "@gvpie/daemon/store";
import { defineCommand, type Command } from "../command.ts";
import { counted } from "../counted.ts";
import { CommandError } from "../errors.ts";
import { explain } from "../explain.ts";
import { inputName } from "../input.ts";
import { print, printJsonItems, say } from "../output.ts";
import { differenceOf, type Difference } from "../script-file/difference.ts";
import { FORMAT_VERSION, readScriptFile, type FileProblem, type WantedScript } from "../script-file/read.ts";
import { toEntry } from "../script-file/write.ts";
import { allScripts, STORE_OPTIONS, withReader, withStore } from "../store.ts";
import { line } from "../terminal-text.ts";
import { checkRuns, isProgram } from "./script-options.ts";

/** Mistakes that are printed; the rest are counted. */
const MAX_SHOWN = 20;
/** Errors of one script, which an export of all leaves out: its name, code or options are not valid, or it was removed meanwhile. */
const LEFT_OUT: ReadonlySet<string> = new Set(["STORE_BAD_SCRIPT", "STORE_NO_SCRIPT"]);

export const apply: Command = defineCommand({
  usage: "<file|->",
  positionals: [1, 1],
  details: [
    "The file is JSON, as scripts export prints it. It states every option of a script: an option that it leaves out is",
    "removed, and `enabled` is true. Only `paused` stays as it is if it is left out. `file` instead of `code` names a file",
    "relative to this one. Prints one line for each script that changes: + added, ~ changed, - removed. All changes are",
    "made in one transaction, or none. Scripts that the file does not name stay, unless --prune removes them.",
  ].join("\n"),
  options: {
    ...STORE_OPTIONS,
    "dry-run": { type: "boolean", help: "print the difference, and change nothing" },
    prune: {
      type: "boolean",
      help: "remove the scripts that the file does not name, with the records of their runs",
    },
  },
  examples: [
    ["gvpie scripts apply scripts.json --dry-run", "print what would change"],
    [
      "gvpie db init --db copy.db && gvpie scripts export | gvpie scripts apply - --db copy.db",
      "copy all scripts to a new database",
    ],
  ],
  async run({ db, "dry-run": isDryRun, prune }, [path = ""]) {
    const { scripts, problems } = readScriptFile(path);
    const prepare = async (store: StoreReader): Promise<Difference> => {
      const present = {
        summaries: await allScripts(store),
        getScript: (name: string): Promise<Script> => store.getScript(name),
      };
      const difference = await differenceOf(scripts, present, prune);
      report(path, [...problems, ...problemsOf(difference.touched)]);
      for (const text of difference.lines) print(line`${text}\n`);
      return difference;
    };
    if (isDryRun) {
      say(line`dry run: ${summaryOf(await withReader(db, prepare))}`);
      return;
    }
    await withStore(db, async (store) => {
      const difference = await prepare(store);
      if (difference.edits.length > 0) await store.editScripts(difference.edits);
      say(summaryOf(difference));
    });
  },
});

/** Checks scripts as the store does, so that a dry run finds the same mistakes, and runs their programs. */
function problemsOf(scripts: readonly WantedScript[]): FileProblem[] {
  return scripts.flatMap((script) => {
    const { place, lang, code, options } = script;
    try {
      checkScript(script);
      if (isProgram(lang)) checkRuns(place, code, options);
      return [];
    } catch (error) {
      return [{ place, error }];
    }
  });
}

/** @throws {CommandError} `BAD_SCRIPT_FILE` if there is a problem. */
function report(path: string, problems: readonly FileProblem[]): void {
  if (problems.length === 0) return;
  for (const { place, error } of problems.slice(0, MAX_SHOWN)) {
    const { message } = explain(error);
    // The message about a program begins with its place.
    say(line`${inputName(path)}: ${message.text.startsWith(place) ? "" : `${place}: `}${message}`);
  }
  const rest = problems.length - MAX_SHOWN;
  if (rest > 0) say(`and ${rest} more`);
  const count = counted(problems.length, "mistake");
  throw new CommandError("BAD_SCRIPT_FILE", `${inputName(path)} has ${count}; nothing was changed`);
}

function summaryOf({ added, changed, removed, unchanged, others }: Difference): string {
  const counts = [`${added} added`, `${changed} changed`, `${removed} removed`, `${unchanged} unchanged`];
  const rest = others === 0 ? "" : `; ${others} not in the file`;
  return `${counts.join(", ")}${rest}`;
}

export const exportScripts: Command = defineCommand({
  usage: "[name]...",
  positionals: [0, 1_000],
  details: [
    "Prints all scripts, or the named ones, by name and with their code, as the JSON that scripts apply reads. Applying",
    "the output changes nothing. Scripts that daemons refuse or whose values are not valid are left out, with a warning.",
  ].join("\n"),
  options: STORE_OPTIONS,
  examples: [
    ["gvpie scripts export > scripts.json", "save all scripts"],
    ["gvpie scripts export clock", "print one of them"],
  ],
  async run({ db }, names) {
    await withReader(db, async (store) => {
      const isAll = names.length === 0;
      const chosen = isAll ? await allNames(store) : new Set(names);
      async function* entries(): AsyncGenerator<object[]> {
        for (const name of [...chosen].sort()) {
          try {
            const script = await store.getScript(name);
            // Another program may have stored values that no file can have.
            checkScript(script);
            yield [toEntry(script)];
          } catch (error) {
            if (!isAll || !(error instanceof StoreError && LEFT_OUT.has(error.code))) throw error;
            say(line`warning: ${name} is left out: ${error.message}`);
          }
        }
      }
      await printJsonItems(entries(), [`{\n  "version": ${FORMAT_VERSION},\n  "scripts": `, "\n}\n"]);
    });
  },
});

async function allNames(store: StoreReader): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { name, refused } of await allScripts(store)) {
    if (refused === undefined) {
      names.add(name);
    } else {
      say(line`warning: ${name} is left out: ${refused}`);
    }
  }
  return names;
}
