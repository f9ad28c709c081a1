import { defineCommand, durationOption, type Command } from "../command.ts";
import { explain } from "../explain.ts";
import { print, printJson } from "../output.ts";
import { readFacts, type Facts } from "../status/facts.ts";
import { problemsOf, type Problem } from "../status/problems.ts";
import { statusLines } from "../status/text.ts";
import { STORE_OPTIONS, withReader } from "../store.ts";
import { styleFor } from "../style.ts";
import { line, type TerminalText } from "../terminal-text.ts";
import { watch } from "../watch.ts";

/** A daemon reports every 15 s. */
const MAX_AGE_RULES = { minMs: 20_000, maxMs: 86_400_000 };

export const status: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "Prints what is wrong, each in one line that says what to do, then the daemons, the renderer, and the scripts that",
    "run, wait or are late. Notes, such as a pause, are not problems. Reads only, in bounded time; the renderer is not asked",
    "to draw: gvpie doctor does that.",
  ].join("\n"),
  exitCodes: [
    ["0", "All is well."],
    ["1", "Something is wrong, or the database cannot be read."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["doctor", "scripts list", "runs list", "page"],
  options: {
    ...STORE_OPTIONS,
    dir: {
      type: "string",
      value: "path",
      help: "renderer directory; default that of the daemons, or /tmp/gvpie",
      env: "GVPIE_DIR",
    },
    "max-age": {
      type: "string",
      value: "time",
      help: "time without a report after which a daemon is silent",
      default: "60s",
    },
    watch: {
      type: "boolean",
      help: "print it every second, on a terminal in place, until q or Ctrl-C",
    },
    json: { type: "boolean", help: "print the facts and problems as JSON; with --watch, one line each" },
  },
  examples: [
    ["gvpie status", "what runs, and what is wrong"],
    ["gvpie status --watch", "the same, every second"],
    ["gvpie status --json | jq -r '.problems[].message'", "the problems, for a script"],
    ["gvpie status > status.txt || mail -s gvpie ops < status.txt", "in a cron job"],
  ],
  async run({ db, dir, "max-age": maxAge, watch: isWatching, json }) {
    const maxAgeMs = durationOption("--max-age", maxAge, MAX_AGE_RULES);
    const read = (): Promise<Facts> => withReader(db, (store) => readFacts(store, { db, dir, maxAgeMs }));
    if (isWatching) {
      await watch({ lines: () => linesOf(read), ...(json && { value: () => valueOf(read) }) });
      return 0;
    }
    const facts = await read();
    const problems = problemsOf(facts);
    if (json) {
      printJson(toJson(facts, problems));
    } else {
      for (const text of statusLines(facts, problems, styleFor("stdout"))) print(line`${text}\n`);
    }
    return isWrong(problems) ? 1 : 0;
  },
});

function isWrong(problems: readonly Problem[]): boolean {
  return problems.some(({ level }) => level !== "note");
}

/** Returns the report, or the error that prevents it: a database that is missing or locked may come back. */
async function linesOf(read: () => Promise<Facts>): Promise<TerminalText[]> {
  const style = styleFor("stdout");
  try {
    const facts = await read();
    return statusLines(facts, problemsOf(facts), style);
  } catch (error) {
    return [line`${style("red", "error")} ${explain(error).message}`];
  }
}

async function valueOf(read: () => Promise<Facts>): Promise<unknown> {
  try {
    const facts = await read();
    return toJson(facts, problemsOf(facts));
  } catch (error) {
    return { error: explain(error).data };
  }
}

function toJson(facts: Facts, problems: readonly Problem[]): unknown {
  const { now, daemons, renderers, overview } = facts;
  const { workers: _, ...rest } = overview;
  return {
    ok: !isWrong(problems),
    checkedAt: new Date(now).toISOString(),
    problems,
    daemons: daemons.map(({ state, worker }) => {
      const { state: report, ...about } = worker;
      return { state, ...about, ...report };
    }),
    renderers: renderers.map(({ dir, status, error }) => ({
      dir,
      ...status,
      ...(error !== undefined && { error }),
    })),
    ...rest,
  };
}
