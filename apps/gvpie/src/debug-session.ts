import { parseProgram, type Program } from "@gvpie/pxl-parser";
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
/** Cells of an array that are shown. */
const MAX_CELLS = 64;
/** Names that a message lists. */
const MAX_NAMES = 20;
const WHOLE_NUMBER = /^[1-9][0-9]{0,8}$/;

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
  /** Most operands; a further one is refused. */
  readonly operands: number;
  run(operands: readonly string[]): Answer;
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
  /** Line of the first instruction after each label, or in each procedure; `undefined` at the end of the program. */
  readonly #labels: ReadonlyMap<string, number | undefined>;
  /** Lines at which `run` stops. */
  readonly #breakpoints = new Set<number>();
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
      this.#labels = new Map(findLabels(program).map(([name, index]) => [name, this.#lineOf[index]]));
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
    const [word = "", ...operands] = input.trim().split(/[ \t]+/);
    if (word === "") return this.execute(this.#repeated);
    const entry = Object.entries(this.#actions).find(([name, { short }]) => word === name || word === short);
    if (entry === undefined) {
      return refusal(`one of ${Object.keys(this.#actions).join(", ")}`, word);
    }
    const [, action] = entry;
    const extra = operands[action.operands];
    return extra === undefined ? action.run(operands) : refusal(action.usage, input.trim());
  }

  readonly #actions: Readonly<Record<string, Action>> = {
    step: {
      usage: "step [n]",
      short: "s",
      help: "run n instructions, by default one",
      operands: 1,
      run: ([count = "1"]) =>
        this.#withNumber(count, (n) => this.#advance(n, n === 1 ? "step" : `step ${n}`)),
    },
    next: {
      usage: "next [n]",
      short: "n",
      help: "the same as step",
      operands: 1,
      run: ([count = "1"]) => this.#withNumber(count, (n) => this.#advance(n, `next ${n}`)),
    },
    to: {
      usage: "to <line|label>",
      short: "t",
      help: "run until that line or label, or the end",
      operands: 1,
      run: ([place = ""]) => this.#runTo("to", place),
    },
    run: {
      usage: "run [line|label]",
      short: "r",
      help: "run to a breakpoint or the end, or as to",
      operands: 1,
      run: ([place]) => (place === undefined ? this.#runToEnd("run") : this.#runTo("run", place)),
    },
    continue: {
      usage: "continue",
      short: "c",
      help: "run to a breakpoint or the end",
      operands: 0,
      run: () => this.#runToEnd("continue"),
    },
    break: {
      usage: "break [line|label]",
      short: "b",
      help: "set a breakpoint, or remove it again; without operand, list them",
      operands: 1,
      run: ([place]) => this.#toggleBreakpoint(place),
    },
    vars: {
      usage: "vars [name]",
      short: "v",
      help: "variables, arrays and parameters, or one of them",
      operands: 1,
      run: ([name]) => this.#names(name),
    },
    stack: {
      usage: "stack",
      short: "k",
      help: "the lines that RET returns to",
      operands: 0,
      run: () => this.#stack(),
    },
    pen: {
      usage: "pen",
      short: "p",
      help: "colour, scale, align, origin and clip",
      operands: 0,
      run: () => this.#pen(),
    },
    frame: {
      usage: "frame",
      short: "f",
      help: "the picture so far",
      operands: 0,
      run: () => this.#frame(),
    },
    list: {
      usage: "list [line|label]",
      short: "l",
      help: "the source around a line or label, or around the next instruction",
      operands: 1,
      run: ([place]) => this.#listAt(place),
    },
    help: { usage: "help", short: "h", help: "this list", operands: 0, run: () => this.#help() },
    quit: {
      usage: "quit",
      short: "q",
      help: "end the session",
      operands: 0,
      run: () => ({ text: "", isEnd: true }),
    },
  };

  #withNumber(text: string, use: (n: number) => Answer): Answer {
    return WHOLE_NUMBER.test(text) ? use(Number(text)) : refusal("a whole number from 1", text);
  }

  /** Calls `use` with the line of a label, or with a line that has an instruction. */
  #withPlace(place: string, use: (line: number | undefined) => Answer): Answer {
    if (this.#labels.has(place)) return use(this.#labels.get(place));
    if (!WHOLE_NUMBER.test(place)) return this.#refusePlace(place);
    const number = Number(place);
    if (this.#instructionLines.has(number)) return use(number);
    return { text: `line ${number} has no instruction\n`, isFailure: true };
  }

  #advance(steps: number, command: string): Answer {
    return this.#attempt(command, () => {
      for (let i = 0; i < steps && !this.#debugger.isHalted; i += 1) this.#debugger.step();
    });
  }

  #runToEnd(command: string): Answer {
    return this.#attempt(command, () => this.#runWhile(() => true));
  }

  #runTo(command: string, place: string): Answer {
    return this.#withPlace(place, (line) =>
      this.#attempt(`${command} ${place}`, () => this.#runWhile((next) => next !== line)),
    );
  }

  /** Runs at least one instruction, and then up to the end or a breakpoint while `goesOn` is true for the next line. */
  #runWhile(goesOn: (next: number | undefined) => boolean): void {
    let next: number | undefined;
    do {
      this.#debugger.step();
      next = this.#debugger.position?.line;
    } while (next !== undefined && goesOn(next) && !this.#breakpoints.has(next));
  }

  #toggleBreakpoint(place: string | undefined): Answer {
    if (place === undefined) {
      const lines = Array.from(this.#breakpoints).toSorted((a, b) => a - b);
      const shown = lines.map((number) => this.#sourceLine(number, "●"));
      return { text: shown.length === 0 ? "no breakpoints\n" : joined(shown) };
    }
    return this.#withPlace(place, (number) => {
      if (number === undefined) return refusal("a label before an instruction", place);
      const isRemoved = this.#breakpoints.delete(number);
      if (!isRemoved) this.#breakpoints.add(number);
      return { text: isRemoved ? `no breakpoint at line ${number}\n` : this.#sourceLine(number, "●") };
    });
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

  #names(name: string | undefined): Answer {
    const { variables, parameters, arrays } = this.#debugger;
    const rows = [
      // Neither the limit nor the step of a FOR has a name in the program.
      ...Array.from(variables, ([name, value]) => [name, String(value)] as const).filter(
        ([known]) => !known.includes("@"),
      ),
      ...Array.from(arrays, ([name, cells]) => [name, listOfCells(cells), `${cells.length} cells`] as const),
      ...Array.from(parameters, ([name, text]) => [name, text.slice(0, MAX_LINE), "parameter"] as const),
    ];
    const shown = name === undefined ? rows : rows.filter(([known]) => known === name);
    if (shown.length > 0) return { text: formatTable(shown) };
    if (name === undefined) return { text: "no variables and no parameters\n" };
    return refusal(`a variable, an array or a parameter (${listOf(rows.map(([known]) => known))})`, name);
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

  #listAt(place: string | undefined): Answer {
    if (place === undefined) return this.#list();
    if (this.#labels.has(place)) return this.#list(this.#labels.get(place));
    if (WHOLE_NUMBER.test(place)) return this.#list(Number(place));
    return this.#refusePlace(place);
  }

  #refusePlace(place: string): Answer {
    return refusal(`a line or a label (${listOf(this.#labels.keys())})`, place);
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

/** Returns the labels and the procedures of a program, with the index of the instruction that a jump there runs next. */
function findLabels({ labels, instructions }: Program): [name: string, index: number][] {
  return [
    ...Array.from(labels, ([name, { index }]): [string, number] => [name, index]),
    ...instructions.flatMap((instruction, index): [string, number][] =>
      instruction.op === "DEF" ? [[instruction.name, index + 1]] : [],
    ),
  ];
}

function refusal(expected: string, found: string): Answer {
  return { text: line`expected ${expected}, got "${found.slice(0, 60)}"\n`, isFailure: true };
}

/** Writes the first cells of an array. */
function listOfCells(cells: Int32Array): string {
  const more = cells.length > MAX_CELLS ? " …" : "";
  return Array.from(cells.subarray(0, MAX_CELLS)).join(" ") + more;
}

/** Joins names for a message; shows at most twenty. */
function listOf(names: Iterable<string>): string {
  const all = Array.from(names);
  const more = all.length > MAX_NAMES ? `, and ${all.length - MAX_NAMES} more` : "";
  return all.length === 0 ? "the program has none" : `${all.slice(0, MAX_NAMES).join(", ")}${more}`;
}
