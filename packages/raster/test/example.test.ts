import { readFileSync } from "node:fs";

import { afterEach, expect, test, vi } from "vitest";

const log = vi.spyOn(console, "log");
afterEach(() => log.mockReset());

test.each([
  { name: "own-rasterizer", printed: ["every case conforms"] },
  {
    name: "debugger",
    printed: [
      "width 1: 1 drawn, 999998 steps left",
      "width 3: 2 drawn, 999995 steps left",
      "width 5: 3 drawn, 999992 steps left",
      "width 7: 4 drawn, 999989 steps left",
      "halted: true",
    ],
  },
])("the README shows the example $name and its output", async ({ name, printed }) => {
  log.mockImplementation(() => undefined);
  await import(`../examples/${name}.ts`);
  expect(log.mock.calls.flat()).toEqual(printed);
  const folder = new URL("..", import.meta.url);
  const source = readFileSync(new URL(`examples/${name}.ts`, folder), "utf8");
  expect(readFileSync(new URL("README.md", folder), "utf8")).toContain(`\`\`\`ts\n${source}\`\`\``);
});
