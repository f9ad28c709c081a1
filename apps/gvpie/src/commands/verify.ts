import { CartridgeError, verifyCartridge, type VerificationStatus } from "@gvpie/cartridge";
import { defineCommand, type Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { inputName, readPng } from "../input.ts";
import { print, printJson } from "../output.ts";
import { printable } from "../printable.ts";
import { redraw } from "../redraw.ts";
import { styleFor } from "../style.ts";

interface Finding {
  readonly file: string;
  readonly status: VerificationStatus | "unreadable";
  readonly explanation: string;
  /** Why it is unreadable. */
  readonly code?: string;
}

export const verify: Command = defineCommand({
  usage: "<png|->...",
  positionals: [1, Infinity],
  details: [
    "Draws each cartridge's program again and compares every pixel. Exits with 0 only if all are verified.",
    "It proves that picture and program belong together, not who made them.",
  ].join("\n"),
  options: {
    json: { type: "boolean", help: "print the findings as JSON" },
  },
  async run({ json }, paths) {
    const style = styleFor("stdout");
    const findings: Finding[] = [];
    for (const path of paths) {
      const finding = await verifyFile(path);
      findings.push(finding);
      if (json) continue;
      const verified = finding.status === "verified";
      const status = style(verified ? "green" : "red", finding.status);
      print(`${status} ${printable(finding.file)}${verified ? "" : `: ${printable(finding.explanation)}`}\n`);
    }
    if (json) printJson(findings);
    return findings.every(({ status }) => status === "verified") ? 0 : 1;
  },
});

async function verifyFile(path: string): Promise<Finding> {
  const file = inputName(path);
  try {
    const { status, explanation } = await verifyCartridge(readPng(path), { render: redraw });
    return { file, status, explanation };
  } catch (error) {
    if (!(error instanceof CartridgeError || error instanceof CommandError)) throw error;
    return { file, status: "unreadable", explanation: error.message, code: error.code };
  }
}
