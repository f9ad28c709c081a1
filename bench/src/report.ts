import { writeFileSync } from "node:fs";
import type { RaceResult } from "./harness.ts";

export interface Measured {
  readonly date: string;
  readonly machine: string;
  readonly results: readonly RaceResult[];
}

/** Write `benchmarks.md` beside its data. */
export function writeReport(measured: Measured, docs: URL): void {
  writeFileSync(new URL("benchmarks.md", docs), `# Benchmarks\n\n${measured.machine}\n`);
}
