import { readAudit, type AuditLine } from "@gvpie/app-common/capability";
import { currentSecond, readTime } from "../../capability/time.ts";
import { defineCommand, type Command } from "../../command.ts";
import { print, printJsonItems, say } from "../../output.ts";
import { styleFor } from "../../style.ts";
import { line, type TerminalText } from "../../terminal-text.ts";

/** Records that are printed at a time. */
const PAGE = 256;

export const audit: Command = defineCommand({
  usage: "<file>",
  positionals: [1, 1],
  details:
    "Prints each refusal and each first use of a capability, the oldest first. The rotated files <file>.1, … are included.",
  examples: [["gvpie capability audit server.audit --since 24h", "the records of the last day"]],
  options: {
    since: {
      type: "string",
      value: "time",
      help: "only records from then on: 12h (before now), 2026-12-24, or Unix seconds",
    },
    json: { type: "boolean", help: "print the records as JSON" },
  },
  async run({ since, json }, [path = ""]) {
    const from = since === undefined ? 0 : readTime("--since", since, currentSecond(), -1) * 1000;
    if (json) {
      await printJsonItems(pagesOf(recordsSince(path, from)));
      return;
    }
    let count = 0;
    for (const record of recordsSince(path, from)) {
      print(describe(record));
      count += 1;
    }
    if (count === 0) say(`no records in ${path}`);
  },
});

function* recordsSince(path: string, fromMs: number): Generator<AuditLine> {
  for (const record of readAudit(path)) if (!(Date.parse(record.time) < fromMs)) yield record;
}

async function* pagesOf(records: Iterable<AuditLine>): AsyncGenerator<AuditLine[]> {
  let page: AuditLine[] = [];
  for (const record of records) {
    page.push(record);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}

function describe(record: AuditLine): TerminalText {
  const { time, type, via, client, id, code, message, leaf, purpose } = record;
  const [by, what] = via === "run" ? ["script", "run"] : ["client", "request"];
  const facts = [
    via,
    client && `${by} ${client}`,
    id && `${what} ${id}`,
    leaf && `capability ${leaf}`,
    purpose && `purpose "${purpose}"`,
  ];
  const reason = code === undefined ? "" : `: ${code}: ${message ?? ""}`;
  const name = type === "refused" ? styleFor("stdout")("red", type) : type;
  return line`${time} ${name} ${facts.filter(Boolean).join(", ")}${reason}\n`;
}
