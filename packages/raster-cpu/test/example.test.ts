import { readFileSync } from "node:fs";

import { expect, test, vi } from "vitest";

test("the README shows the example and its output", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/render.ts");
  const printed = log.mock.calls.flat().join("\n");
  log.mockRestore();
  const folder = new URL("..", import.meta.url);
  const readme = readFileSync(new URL("README.md", folder), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(new URL("examples/render.ts", folder), "utf8")}\`\`\``);
  expect(readme).toContain(`\`\`\`\n${printed}\n\`\`\``);
});
