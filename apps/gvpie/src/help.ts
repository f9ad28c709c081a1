import { listOf, type Command, type Option } from "./command.ts";
import { COMMANDS } from "./commands.ts";

const HELP: Option = { type: "boolean", short: "h", help: "print this help" };
const COLUMN_GAP = 2;
const LINE_WIDTH = 120;
/** The text of a longer name begins on the next line. */
const MAX_COLUMN = 72;

/** Text below the commands of a group. */
const GROUP_DETAILS: Readonly<Record<string, string>> = {
  capability: [
    "A capability says what the holder of a key may ask a renderer for. From nothing to one in four commands:",
    "",
    "  gvpie capability keygen root      # signs capabilities; keep it where no client can read it",
    "  gvpie capability keygen server    # of the renderer; it signs the replies",
    "  gvpie capability keygen mine      # of the client",
    "  gvpie capability issue --root-key root --to mine.pub --audience server.pub --expires 30d -o mine.cap",
    "",
    "The renderer that accepts it:",
    "",
    "  gvpie-daemon --capabilities require --root-key root.pub --server-key server",
    "",
    "A script that uses it:",
    "",
    "  gvpie scripts set hello_gpu --capability mine.cap",
    "  zero-human-daemon --capability-key mine",
    "",
    "docs/capabilities.md explains what capabilities protect, and what they do not.",
  ].join("\n"),
};

/** Returns the purpose of `gvpie`. */
export function topLevelSummary(): string {
  return "Render pixel programs into cartridges, and verify that a cartridge matches its program";
}

/** Returns the options of a command for help: how each is written, and its meaning. */
export function optionRows(options: Command["options"]): [flags: string, text: string][] {
  return Object.entries({ ...options, help: HELP }).map(([name, option]) => [
    optionFlags(name, option).trim(),
    optionText(option),
  ]);
}

/** The help of `gvpie` itself. */
export function topLevelHelp(): string {
  return [
    "Usage: gvpie <command> [options]",
    `${topLevelSummary()}.`,
    `Commands:\n${commandRows("")}`,
    "Options:\n  -h, --help     print this help, or the help of a command\n  -V, --version  print the version",
    "Try: echo 'TXT 1 1 hi' | gvpie show -\n",
  ].join("\n\n");
}

/** The help of a group of commands such as `scripts`. */
export function groupHelp(group: string): string {
  const { [group]: details } = GROUP_DETAILS;
  return [
    `Usage: gvpie ${group} <command> [options]`,
    `Commands:\n${commandRows(`${group} `)}`,
    ...(details === undefined ? [] : [details]),
  ]
    .join("\n\n")
    .concat("\n");
}

/** The help of one command. */
export function commandHelp(
  name: string,
  { usage, options, details, examples, exitCodes = [], seeAlso = [] }: Command,
): string {
  const summary = COMMANDS[name]?.summary ?? "";
  const rows = optionRows(options).map(([flags, text]): [string, string] => [
    flags.startsWith("--") ? `    ${flags}` : flags,
    text,
  ]);
  return [
    `Usage: gvpie ${[name, usage, "[options]"].filter(Boolean).join(" ")}`,
    summary,
    ...(details === undefined ? [] : [details]),
    `Options:\n${alignRows(rows)}`,
    `Examples:\n${alignRows(examples)}`,
    ...(exitCodes.length === 0 ? [] : [`Exit codes:\n${alignRows(exitCodes)}`]),
    ...(seeAlso.length === 0 ? [] : [`See also: ${seeAlso.map((other) => `gvpie ${other}`).join(", ")}`]),
  ]
    .join("\n\n")
    .concat("\n");
}

/** The words that can follow `prefix` in the names of commands, joined with commas and "or". */
export function commandWords(prefix: string): string {
  const names = Object.keys(COMMANDS).filter((name) => name.startsWith(prefix));
  return listOf([...new Set(names.map((name) => name.slice(prefix.length).split(" ", 1)[0] ?? name))]);
}

function commandRows(prefix: string): string {
  return alignRows(
    Object.entries(COMMANDS)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { summary }]) => [name, summary]),
  );
}

function optionFlags(name: string, { short, value }: Option): string {
  const long = value === undefined ? `--${name}` : `--${name} <${value}>`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function optionText({ help, default: initial, env, choices, multiple }: Option): string {
  const facts = [
    multiple && "repeatable",
    choices && `one of ${choices.join(", ")}`,
    initial && `default ${initial}`,
    env && `variable ${env}`,
  ].filter(Boolean);
  return facts.length === 0 ? help : `${help} (${facts.join("; ")})`;
}

function alignRows(rows: readonly (readonly [string, string])[]): string {
  const short = rows.map(([name]) => name.length).filter((length) => length <= MAX_COLUMN);
  const width = Math.max(0, ...short) + COLUMN_GAP + COLUMN_GAP;
  const margin = `\n${" ".repeat(width)}`;
  return rows
    .map(([name, text]) => {
      const lines = wrapped(text, LINE_WIDTH - width).join(margin);
      return name.length <= MAX_COLUMN ? `  ${name}`.padEnd(width) + lines : `  ${name}${margin}${lines}`;
    })
    .join("\n");
}

/** Breaks a text into lines of at most `width` characters, unless a word is longer. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
