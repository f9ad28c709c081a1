import type { ScriptStore } from "@gvpie/daemon/store";
import { defineCommand, durationOption, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { explain } from "../explain.ts";
import { printJson, say } from "../output.ts";
import { STORE_OPTIONS, withStore } from "../store.ts";
import { line } from "../terminal-text.ts";
import { printRun } from "./print-run.ts";
import { isServed, waitForRun } from "./wait-for-run.ts";

const DAY_MS = 86_400_000;

export const rename: Command = defineCommand({
  usage: "<name> <new name>",
  positionals: [2, 2],
  details: "The script keeps its runs, versions, options and times, and does not start.",
  options: STORE_OPTIONS,
  examples: [["gvpie scripts rename hello_gpu hello", "rename a script"]],
  async run({ db }, [name = "", newName = ""]) {
    await withStore(db, (store) => store.renameScript(name, newName));
    say(line`renamed ${name} to ${newName}`);
  },
});

export const run: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details: [
    "The daemon starts it at once, or after its current run, even if it is paused or disabled. Its schedule stays the same.",
    "With --wait, prints the run as runs show does. Without a daemon the wait ends early. If the run has not started in",
    "time, the request stays: a daemon that is started later runs the script.",
  ].join("\n"),
  exitCodes: [
    ["0", "It is requested; with --wait, the run succeeded."],
    ["1", "There is no such script; with --wait, the run failed or did not end in time."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["runs show", "status"],
  options: {
    ...STORE_OPTIONS,
    wait: { type: "boolean", help: "wait for the end of the run, and print it" },
    timeout: { type: "string", value: "time", help: "longest wait of --wait", default: "60s" },
    json: { type: "boolean", help: "with --wait, print the run as JSON" },
  },
  examples: [
    ["gvpie scripts run clock", "start it at the next opportunity"],
    ["gvpie scripts run clock --wait --timeout 5m", "start it, and print the run"],
  ],
  async run({ db, wait, timeout, json }, [name = ""]) {
    const timeoutMs = durationOption("--timeout", timeout, { minMs: 1, maxMs: DAY_MS });
    return withStore(db, async (store) => {
      const request = await store.requestRun(name);
      const hasDaemon = await isServed(store);
      if (!hasDaemon) say(line`no daemon is running: ${name} starts when zero-human-daemon --db ${db} runs`);
      if (!wait) {
        if (hasDaemon) say(line`${name} starts next`);
        return 0;
      }
      const ended = await waitForRun(store, { name, request, timeoutMs });
      if (json) {
        printJson(ended);
      } else {
        printRun(ended);
      }
      return ended.success === true ? 0 : 1;
    });
  },
});

export const pause: Command = pauseCommand(true);
export const resume: Command = pauseCommand(false);

function pauseCommand(isPaused: boolean): Command {
  const word = isPaused ? "pause" : "resume";
  return defineCommand({
    usage: "[name]...",
    positionals: [0, 1_000],
    details: isPaused
      ? [
          "A paused script has no regular starts until it is resumed, not even after an edit. A run in progress goes on,",
          "and scripts run starts a paused script. --all pauses all starts at once, also those of scripts added later;",
          "it leaves the pauses of single scripts as they are.",
        ].join("\n")
      : [
          "For starts that were missed, --missed of the script applies. --all ends a pause --all; scripts that",
          "were paused by name stay paused.",
        ].join("\n"),
    options: {
      ...STORE_OPTIONS,
      all: { type: "boolean", help: isPaused ? "pause all starts of scripts" : "end a pause of all starts" },
    },
    examples: [
      [`gvpie scripts ${word} clock weather`, `${word} two scripts`],
      [`gvpie scripts ${word} --all`, isPaused ? "start nothing until resume --all" : "end pause --all"],
    ],
    async run({ db, all }, names) {
      if (all && names.length > 0) throw new UsageError(`expected names of scripts or --all, got both`);
      if (!all && names.length === 0) throw new UsageError("expected names of scripts or --all, got neither");
      return withStore(db, async (store) => {
        if (all) {
          const hasChanged = await store.setPaused(undefined, isPaused);
          say(hasChanged ? `${word}d all starts` : `all starts were ${word}d already`);
          return 0;
        }
        let exitCode = 0;
        for (const name of names) exitCode = Math.max(exitCode, await pauseOne(store, name, isPaused));
        return exitCode;
      });
    },
  });
}

/** Changes one of several scripts. An unknown name does not stop the rest. */
async function pauseOne(store: ScriptStore, name: string, isPaused: boolean): Promise<number> {
  const word = isPaused ? "paused" : "resumed";
  try {
    const hasChanged = await store.setPaused(name, isPaused);
    say(hasChanged ? line`${word} ${name}` : line`${name} was ${isPaused ? "paused already" : "not paused"}`);
    return 0;
  } catch (error) {
    if ((error as { code?: string }).code !== "STORE_NO_SCRIPT") throw error;
    say(line`gvpie scripts ${isPaused ? "pause" : "resume"}: ${explain(error).message}`);
    return 1;
  }
}
