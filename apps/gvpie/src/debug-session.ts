import { parseProgram } from "@gvpie/pxl-parser";
import { createDebugger, formatColor, type Debugger, type RenderOptions } from "@gvpie/raster";
import { renderDrawList } from "@gvpie/raster-cpu";
import { formatDiagnostics } from "./diagnostics.ts";
import { drawPicture, type Terminal } from "./picture.ts";
import { toProgramError, toRunDiagnostic } from "./program-error.ts";
import type { Style } from "./style.ts";
import { formatTable } from "./table.ts";
import { joined, line, TerminalText } from "./terminal-text.ts";

/** Lines that `list` shows before and after the requested one. */
const CONTEXT_LINES = 4;
/** Maximum number of characters shown of a source line. */
const MAX_LINE = 200;

export interface DebugSessionOptions {
  /** Name of the file in messages. */
  readonly file: string;
  readonly source: string;
  readonly render: Omit<RenderOptions, "into" | "onWarning">;
  /** The terminal that pictures are shown on. */
  readonly terminal: Terminal;
  readonly style: Style;
}

/** The output of one debugger command. */
export interface Answer {
  readonly text: string | TerminalText;
  /** True if the command is invalid or the program has failed. */
  readonly isFailure?: boolean;
  /** True if the command ends the session. */
  readonly isEnd?: boolean;
}

/** One debugger command, with its entry in `help`. */
interface Action {
  readonly usage: string;
  readonly short?: string;
  readonly help: string;
  run(argument: string): Answer;
}

/** Runs a program step by step, as text commands request. */
export class DebugSession {
  readonly #options: DebugSessionOptions;
  readonly #debugger: Debugger;
  readonly #lines: readonly string[];
  /** Lines on which an instruction begins. */
  readonly #instructionLines: ReadonlySet<number>;
  /** Line numbers by instruction index. */
  readonly #lineOf: readonly number[];
  readonly #fuel: number;
  /** The command that an empty line repeats. */
  #repeated = "step";

  /** @throws {ProgramError} if the program has errors; {RasterError} if the canvas or a parameter is invalid. */
  constructor(options: DebugSessionOptions) {
    const { file, source, render } = options;
    this.#options = options;
    try {
      const program = parseProgram(source);
      this.#debugger = createDebugger(program, render);
      this.#lineOf = program.instructions.map(({ line }) => line);
    } catch (error) {
      throw toProgramError(error, file, source);
    }
    this.#instructionLines = new Set(this.#lineOf);
    this.#lines = source.replace(/\r?\n$/, "").split(/\r?\n/);
    this.#fuel = this.#debugger.fuel;
  }

  /** Returns the line of the next instruction, or the number of steps of a halted program. */
  where(): TerminalText {
    const next = this.#debugger.position?.line;
    if (next !== undefined) return this.#sourceLine(next, "→");
    const steps = this.#fuel - this.#debugger.fuel;
    return line`halted after ${steps} step${steps === 1 ? "" : "s"}\n`;
  }

  /** Executes one line of input. An empty line repeats the last step, next, to or run. */
  execute(input: string): Answer {
    const [word = "", argument = "", ...rest] = input.trim().split(/[ \t]+/);
    if (word === "") return this.execute(this.#repeated);
    const entry = Object.entries(this.#actions).find(([name, { short }]) => word === name || word === short);
    if (entry === undefined || rest.length > 0) {
      return { text: line`unknown command "${input.trim().slice(0, 60)}"; try help\n`, isFailure: true };
    }
    return entry[1].run(argument);
  }

  readonly #actions: Readonly<Record<string, Action>> = {
    step: { usage: "step", short: "s", help: "run one instruction", run: () => this.#advance(1, "step") },
    next: {
      usage: "next [n]",
      short: "n",
      help: "run n instructions, by default one",
      run: (count) => this.#withNumber(count || "1", (n) => this.#advance(n, `next ${n}`)),
    },
    to: {
      usage: "to <line>",
      short: "t",
      help: "run until that line or the end",
      run: (line) => this.#withNumber(line, (n) => this.#runTo(n)),
    },
    run: { usage: "run", short: "r", help: "run to the end", run: () => this.#runToEnd() },
    continue: { usage: "continue", short: "c", help: "the same as run", run: () => this.#runToEnd() },
    vars: { usage: "vars", short: "v", help: "variables and parameters", run: () => this.#names() },
    stack: { usage: "stack", short: "k", help: "the lines that RET returns to", run: () => this.#stack() },
    pen: { usage: "pen", short: "p", help: "colour, scale, align, origin and clip", run: () => this.#pen() },
    frame: { usage: "frame", short: "f", help: "the picture so far", run: () => this.#frame() },
    list: {
      usage: "list [line]",
      short: "l",
      help: "the source around a line, or around the next instruction",
      run: (line) => (line === "" ? this.#list() : this.#withNumber(line, (n) => this.#list(n))),
    },
    help: { usage: "help", short: "h", help: "this list", run: () => this.#help() },
    quit: { usage: "quit", short: "q", help: "end the session", run: () => ({ text: "", isEnd: true }) },
  };

  #withNumber(text: string, use: (n: number) => Answer): Answer {
    if (/^[1-9][0-9]{0,8}$/.test(text)) return use(Number(text));
    return { text: line`expected a whole number from 1, got "${text}"\n`, isFailure: true };
  }

  #advance(steps: number, command: string): Answer {
    return this.#attempt(command, () => {
      for (let i = 0; i < steps && !this.#debugger.isHalted; i += 1) this.#debugger.step();
    });
  }

  #runToEnd(): Answer {
    return this.#attempt("run", () => void this.#debugger.runTo());
  }

  #runTo(line: number): Answer {
    if (!this.#instructionLines.has(line)) {
      return { text: `line ${line} has no instruction\n`, isFailure: true };
    }
    return this.#attempt(`to ${line}`, () => void this.#debugger.runTo(line));
  }

  /** Runs, then returns the new position or the runtime error. */
  #attempt(command: string, run: () => void): Answer {
    this.#repeated = command;
    try {
      run();
      return { text: this.where() };
    } catch (error) {
      const found = toRunDiagnostic(error);
      if (found === undefined) throw error;
      const { file, source, style } = this.#options;
      return { text: formatDiagnostics(file, source, [found], style), isFailure: true };
    }
  }

  #names(): Answer {
    const { variables, parameters } = this.#debugger;
    const rows = [
      ...Array.from(variables, ([name, value]) => [name, String(value)]),
      ...Array.from(parameters, ([name, text]) => [name, text.slice(0, MAX_LINE), "parameter"]),
    ];
    return { text: rows.length === 0 ? "no variables and no parameters\n" : formatTable(rows) };
  }

  #stack(): Answer {
    const { stack } = this.#debugger;
    if (stack.length === 0) return { text: "no CALL is open\n" };
    const lines = stack.toReversed().map((index) => {
      const number = this.#lineOf[index];
      return number === undefined ? line`the end\n` : this.#sourceLine(number, " ");
    });
    return { text: joined(lines) };
  }

  #pen(): Answer {
    const { color, scale, align, originX, originY, clip } = this.#debugger.pen;
    const rows = [
      ["color", formatColor(color)],
      ["scale", String(scale)],
      ["align", align],
      ["origin", `${originX} ${originY}`],
      ["clip", clip ? `${clip.left} ${clip.top} up to ${clip.right} ${clip.bottom}` : "none"],
    ];
    return { text: formatTable(rows) };
  }

  #frame(): Answer {
    return {
      text: TerminalText.trust(
        drawPicture(renderDrawList(this.#debugger.drawList()), this.#options.terminal),
      ),
    };
  }

  #list(around = this.#debugger.position?.line ?? this.#lines.length): Answer {
    const next = this.#debugger.position?.line;
    const first = Math.max(1, Math.min(around, this.#lines.length) - CONTEXT_LINES);
    const last = Math.min(this.#lines.length, around + CONTEXT_LINES);
    const lines: TerminalText[] = [];
    for (let number = first; number <= last; number += 1) {
      lines.push(this.#sourceLine(number, number === next ? "→" : " "));
    }
    return { text: joined(lines) };
  }

  #sourceLine(number: number, marker: string): TerminalText {
    const padded = String(number).padStart(String(this.#lines.length).length);
    const text = (this.#lines[number - 1] ?? "").slice(0, MAX_LINE).replaceAll("\t", " ");
    return line`${line`${marker} ${this.#options.style("dim", `${padded} |`)} ${text}`.trimEnd()}\n`;
  }

  #help(): Answer {
    const rows = Object.values(this.#actions).map(({ usage, short = "", help }) => [usage, short, help]);
    return { text: line`${formatTable(rows)}An empty line repeats the last step, next, to or run.\n` };
  }
}
