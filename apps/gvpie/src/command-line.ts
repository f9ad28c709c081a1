import { nonUtf8Argument } from "@gvpie/app-common";
import { parseInvocation } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { StdoutClosed, UsageError } from "./errors.ts";
import { print, printJson, say } from "./output.ts";
import { line } from "./terminal-text.ts";

const OK = 0;
const FAILED = 1;
const USAGE = 2;
const HELP_FLAGS: ReadonlySet<string> = new Set(["--help", "-h"]);

/** Runs the command line, and returns its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    const damaged = nonUtf8Argument(args, process.env);
    if (damaged !== undefined) throw new UsageError(damaged);
    return await dispatch(args);
  } catch (error) {
    return fail("gvpie", error, false);
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [first, second] = args;
  if (first === "--version" || first === "-V") {
    const { VERSION } = await import("./version.ts");
    print(`${VERSION}\n`);
    return OK;
  }
  if (first === "help") return dispatch([...args.slice(1), "--help"]);
  if (first === undefined || HELP_FLAGS.has(first)) {
    const { topLevelHelp } = await import("./help.ts");
    return showHelp(topLevelHelp(), first !== undefined);
  }
  if (Object.hasOwn(COMMANDS, first)) return runCommand(first, args.slice(1));
  const name = `${first} ${second}`;
  if (second !== undefined && Object.hasOwn(COMMANDS, name)) return runCommand(name, args.slice(2));

  if (Object.keys(COMMANDS).some((known) => known.startsWith(`${first} `))) {
    const { commandWords, groupHelp } = await import("./help.ts");
    const isRequested = second !== undefined && HELP_FLAGS.has(second);
    if (second !== undefined && !isRequested) {
      say(line`gvpie ${first}: expected ${commandWords(`${first} `)}, got "${second}"`);
    }
    return showHelp(groupHelp(first), isRequested);
  }
  const { commandWords } = await import("./help.ts");
  say(line`gvpie: expected ${commandWords("")}, got "${first}"`);
  say("See gvpie --help.");
  return USAGE;
}

/** Prints help if the user asked for it; otherwise the command line lacks a command. */
function showHelp(text: string, isRequested: boolean): number {
  if (isRequested) {
    print(text);
    return OK;
  }
  say(text.trimEnd());
  return USAGE;
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  let json = false;
  try {
    const command = await (COMMANDS[name] as (typeof COMMANDS)[string]).load();
    const { help, values, positionals } = parseInvocation(command, args, process.env);
    if (help) {
      const { commandHelp } = await import("./help.ts");
      print(commandHelp(name, command));
      return OK;
    }
    json = values["json"] === true;
    return (await command.run(values, positionals)) ?? OK;
  } catch (error) {
    return fail(`gvpie ${name}`, error, json);
  }
}

async function fail(command: string, error: unknown, json: boolean): Promise<number> {
  if (error instanceof StdoutClosed) return FAILED;
  if (error instanceof UsageError) {
    say(line`${command}: ${error.message}`);
    say(`See ${command} --help.`);
    return USAGE;
  }
  const { explain } = await import("./explain.ts");
  const { message, data } = explain(error);
  say(line`${command}: ${message}`);
  if (json) printJson({ error: data });
  return FAILED;
}
