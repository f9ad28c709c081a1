import { readFileSync, writeFileSync } from "node:fs";
import { formatReport } from "./report.ts";
import type { SoakResult } from "./soak.ts";

const DOCUMENT = new URL("../../docs/soak.md", import.meta.url);
const BEGIN = "<!-- Written by npm run soak -- --record. -->";
const END = "<!-- End of what is written by npm run soak. -->";

/** Replaces the figures between the markers of docs/soak.md by those of this soak. */
export function writeDocument(result: SoakResult): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`expected the markers ${BEGIN} … ${END} in docs/soak.md`);
  const day = new Date().toISOString().slice(0, 10);
  const body = [BEGIN, "", `${day}: ${formatReport(result)}`, "", ""].join("\n");
  writeFileSync(DOCUMENT, `${text.slice(0, begin)}${body}${text.slice(end)}`);
}
