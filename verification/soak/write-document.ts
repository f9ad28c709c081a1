import { readFileSync, writeFileSync } from "node:fs";
import { replaceBetween } from "@gvpie/testing";
import { formatReport } from "./report.ts";
import type { SoakResult } from "./soak.ts";

const DOCUMENT = new URL("../../docs/soak.md", import.meta.url);
const BEGIN = "<!-- Written by npm run soak -- --record. -->";
const END = "<!-- End of what is written by npm run soak. -->";

/** Replaces the figures between the markers of docs/soak.md by those of this soak. */
export function writeDocument(result: SoakResult): void {
  const day = new Date().toISOString().slice(0, 10);
  const section = `\n\n${day}: ${formatReport(result)}\n\n`;
  writeFileSync(DOCUMENT, replaceBetween(readFileSync(DOCUMENT, "utf8"), BEGIN, END, section));
}
