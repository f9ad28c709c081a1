import type { Command } from "commander";
import { ExitCode } from "./exit-code.ts";

/** The texts of the help and the manual page of a daemon, beside its options. */
export interface DaemonHelp {
  /** Paragraphs of the manual page. */
  readonly description: string;
  /** Command lines, each with its purpose. A test runs them. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  /** Manual pages, as in `gvpie-status(1)`. */
  readonly seeAlso: readonly string[];
}

/** Returns the exit codes of a daemon with their meanings. */
export function exitCodesOf(command: Command): readonly (readonly [code: string, meaning: string])[] {
  const runsOnce = command.options.some(({ long }) => long === "--once");
  return [
    [
      `${ExitCode.ok}`,
      runsOnce ? "It ended after a signal, or with --once after its work." : "It ended after a signal.",
    ],
    ...(runsOnce
      ? [[`${ExitCode.failed}`, "With --once: a run failed, or stdout could not be written."] as const]
      : []),
    [`${ExitCode.usage}`, "Wrong usage."],
    [
      `${ExitCode.temporary}`,
      "Temporary failure: another process holds a resource, or the system lacks one. Try again.",
    ],
    [
      `${ExitCode.config}`,
      "A setting, a file or a limit of the system must be changed; the message says which.",
    ],
  ];
}

/** Adds examples, exit codes and references below the options in the help of a daemon. */
export function addHelpDetails(command: Command, { examples, seeAlso }: DaemonHelp): void {
  const text = [
    "",
    "Examples:",
    ...examples.flatMap(([line, purpose]) => [`  ${line}`, `      ${purpose}`]),
    "",
    "Exit codes:",
    ...exitCodesOf(command).map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`),
    "",
    `See also: ${seeAlso.join(", ")}`,
  ];
  command.addHelpText("after", text.join("\n"));
}
