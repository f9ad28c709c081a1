import { createInterface } from "node:readline";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { DebugSession } from "../debug-session.ts";
import { UsageError } from "../errors.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { readProgram } from "../input.ts";
import { print } from "../output.ts";
import { styleFor } from "../style.ts";
import { systemError } from "../system-error.ts";
import { detectTerminal } from "../terminal.ts";

export const debug: Command = defineCommand({
  usage: "<file>",
  positionals: [1, 1],
  details: [
    "Reads commands from stdin, one per line: step, to, run, break, vars, stack, pen, frame, list, help and quit.",
  ].join("\n"),
  examples: [
    ["gvpie debug hello.pxl", "step through a program"],
    [
      "printf 'to 2\\nvars\\nframe\\n' | gvpie debug hello.pxl",
      "run it up to line 2, print variables and picture",
    ],
  ],
  exitCodes: [
    ["0", "The session ended."],
    ["1", "Without a terminal: a command failed, or the program had a runtime error."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["check", "show"],
  options: { ...CANVAS_OPTIONS, param: PARAM_OPTION, fuel: FUEL_OPTION },
  async run(values, [path = ""]) {
    if (path === "-") {
      throw new UsageError("expected a program file, got stdin, which the debugger reads commands from");
    }
    const { background } = values;
    const session = new DebugSession({
      file: path,
      source: readProgram(path),
      render: {
        ...canvasSize(values),
        background,
        params: readParams(values.param),
        limits: limitsWithFuel(values.fuel),
      },
      terminal: detectTerminal(process.env, process.stdout),
      style: styleFor("stdout"),
    });
    print(session.where());
    return runCommands(session);
  },
});

/** Executes each line of stdin until its end or `quit`. Returns the exit code. */
async function runCommands(session: DebugSession): Promise<number> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stdout, prompt: "gvpie> " } : {}),
  });
  let hasFailed = false;
  if (isTerminal) lines.prompt();
  // The lines have no event for an error of their input.
  let failure: unknown;
  process.stdin.once("error", (error) => {
    failure = systemError(error, "READ_FAILED", "cannot read stdin");
    lines.close();
  });
  for await (const line of lines) {
    const { text, isFailure = false, isEnd = false } = session.execute(line);
    print(text);
    hasFailed ||= isFailure;
    if (isEnd) break;
    if (isTerminal) lines.prompt();
  }
  if (failure !== undefined) throw failure;
  lines.close();
  return hasFailed && !isTerminal ? 1 : 0;
}
