import type { ManPage } from "@gvpie/app-common/man";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { optionRows, topLevelSummary } from "./help.ts";
import { VERSION } from "./version.ts";

const EXIT_CODES = [
  ["0", "It is done."],
  ["1", "It failed, or the answer is no."],
  ["2", "Wrong usage."],
] as const;
const DAEMONS = ["gvpie-daemon(8)", "zero-human-daemon(8)"];

/** Returns the manual pages of `gvpie` and of each command. */
export async function manPages(): Promise<ManPage[]> {
  const pages: ManPage[] = [
    {
      name: "gvpie",
      section: 1,
      summary: topLevelSummary(),
      synopsis: "gvpie <command> [options]",
      description: "Each command has a page of its own, such as gvpie-render(1).",
      commands: Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]),
      options: [
        ["-h, --help", "print the help of gvpie or of a command"],
        ["-V, --version", "print the version"],
      ],
      exitCodes: [...EXIT_CODES, ["3", "There is no verdict, of diff and verify alone."]],
      seeAlso: DAEMONS,
      version: VERSION,
    },
  ];
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    pages.push(pageOf(name, summary, await load()));
  }
  return pages;
}

function pageOf(
  name: string,
  summary: string,
  { usage, details = "", options, examples, exitCodes = EXIT_CODES, seeAlso = [] }: Command,
): ManPage {
  const [group = ""] = name.split(" ");
  const siblings = Object.keys(COMMANDS).filter((other) => other !== name && other.startsWith(`${group} `));
  return {
    name: `gvpie-${name.replace(" ", "-")}`,
    section: 1,
    summary,
    synopsis: ["gvpie", name, usage, "[options]"].filter(Boolean).join(" "),
    description: details,
    options: optionRows(options),
    examples,
    exitCodes,
    seeAlso: [
      "gvpie(1)",
      ...[...siblings, ...seeAlso].map((other) => `gvpie-${other.replace(" ", "-")}(1)`),
      ...DAEMONS,
    ],
    version: VERSION,
  };
}
