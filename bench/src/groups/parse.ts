import { checkProgram } from "@gvpie/pxl-parser";
import type { Race } from "../harness.ts";
import { random } from "../workloads.ts";

/** Parsing a program of a million lines, beside one scan of the text for newlines. */
export async function* parseRaces(): AsyncGenerator<Race> {
  for (const lines of [1, 1_000, 1_000_000]) {
    const source = programOf(lines);
    yield {
      id: `parse/${lines}`,
      title: `${lines.toLocaleString("en")} lines, ${source.length.toLocaleString("en")} characters`,
      contenders: [
        { name: "checkProgram", role: "ours", run: () => parsed(source, lines) },
        { name: "one scan for newlines", role: "floor", run: () => countNewlines(source) },
      ],
    };
  }
}

function parsed(source: string, lines: number): void {
  const { program } = checkProgram(source);
  if (program?.instructions.length !== lines) throw new Error("the parser did not accept the workload");
}

function countNewlines(source: string): number {
  let count = 0;
  for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at + 1)) count++;
  return count;
}

function programOf(lines: number): string {
  const next = random(5);
  const parts = Array.from({ length: lines }, (_, i) =>
    i % 4 === 0
      ? `TXT ${next(200)} ${next(100)} Label ${i}`
      : `RECT ${next(200)} ${next(100)} ${next(90)} ${next(90)}`,
  );
  return parts.join("\n");
}
