import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example and its output", () => {
  const example = fileURLToPath(new URL("../examples/check.ts", import.meta.url));
  const output = execFileSync(process.execPath, ["--conditions=@gvpie/source", example], {
    encoding: "utf8",
  });
  const blocks = [...read("../README.md").matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  const shown = blocks.filter(([, kind]) => kind !== "sh").map(([, , code]) => code?.trimEnd());
  expect(shown).toEqual([read("../examples/check.ts").trimEnd(), output.trimEnd()]);
});
