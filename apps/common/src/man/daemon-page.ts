import type { Command, Option } from "commander";
import { type DaemonHelp, exitCodesOf } from "../daemon/help.ts";
import type { ManPage } from "./man-page.ts";

/** Returns the manual page of a daemon from its options. */
export function daemonPage(command: Command, { description, examples, seeAlso }: DaemonHelp): ManPage {
  return {
    name: command.name(),
    section: 8,
    summary: command.description().replace(/\.$/, ""),
    synopsis: `${command.name()} [options]`,
    description,
    options: command.options.map((option) => [option.flags, textOf(option)]),
    examples,
    exitCodes: exitCodesOf(command),
    seeAlso,
    version: command.version() ?? "",
  };
}

function textOf({ description, argChoices, defaultValue, envVar }: Option): string {
  const facts = [
    argChoices && `one of ${argChoices.join(", ")}`,
    defaultValue !== undefined && `default ${String(defaultValue)}`,
    envVar && `variable ${envVar}`,
  ].filter(Boolean);
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}
