import type { Command, Option } from "commander";
import { ExitCode } from "../daemon/exit-code.ts";
import type { ManPage } from "./man-page.ts";

/** Returns the manual page of a daemon from its options. */
export function daemonPage(
  command: Command,
  { description, seeAlso }: Pick<ManPage, "description" | "seeAlso">,
): ManPage {
  return {
    name: command.name(),
    section: 8,
    summary: command.description().replace(/\.$/, ""),
    synopsis: `${command.name()} [options]`,
    description,
    options: command.options.map((option) => [option.flags, textOf(option)]),
    exitCodes: [
      [`${ExitCode.ok}`, "It ended after a signal, or with --once after its work."],
      [`${ExitCode.failed}`, "With --once: a run failed, or standard output could not be written."],
      [`${ExitCode.usage}`, "Wrong usage."],
      [
        `${ExitCode.temporary}`,
        "Another process holds the directory or the database, or the system lacks a resource.",
      ],
      [`${ExitCode.config}`, "A setting cannot be used; the message says what to change."],
    ],
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
