import { readFileSync, writeFileSync } from "node:fs";
import { reportOf } from "./report.ts";
import type { SoakResult } from "./soak.ts";

const DOCUMENT = new URL("../docs/soak.md", import.meta.url);
const BEGIN = "<!-- Written by npm run soak -- --record. -->";
const END = "<!-- End of what is written by npm run soak. -->";

/** Put the figures of a soak into docs/soak.md, between its markers. */
export function record(result: SoakResult): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/soak.md has lost its markers ${BEGIN} … ${END}`);
  const day = new Date().toISOString().slice(0, 10);
  const body = [BEGIN, "", `${day}: ${reportOf(result)}`, "", ""].join("\n");
  writeFileSync(DOCUMENT, `${text.slice(0, begin)}${body}${text.slice(end)}`);
}
