import { readFileSync } from "node:fs";

import { expect, test, vi } from "vitest";

test("the example of the README runs, and is the file", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/own-rasterizer.ts");
  expect(log.mock.calls).toEqual([["every case conforms"]]);
  log.mockRestore();
  const folder = new URL("..", import.meta.url);
  const source = readFileSync(new URL("examples/own-rasterizer.ts", folder), "utf8");
  expect(readFileSync(new URL("README.md", folder), "utf8")).toContain(`\`\`\`ts\n${source}\`\`\``);
});
