import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

test("the example runs, and the README quotes it", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/keep-and-check.ts");
  expect(log.mock.calls).toEqual([["verified: The program draws exactly these pixels."]]);
  log.mockRestore();
  const folder = new URL("..", import.meta.url);
  const source = readFileSync(new URL("examples/keep-and-check.ts", folder), "utf8");
  expect(readFileSync(new URL("README.md", folder), "utf8")).toContain(`\`\`\`ts\n${source}\`\`\``);
});
