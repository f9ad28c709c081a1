import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const example = readFileSync(new URL("../examples/narrow.ts", import.meta.url), "utf8");

test("the README's example is examples/narrow.ts, which prints what the README says", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/narrow.ts");
  const printed = log.mock.calls.map((args) => `${args.join(" ")}\n`).join("");
  log.mockRestore();
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  expect(readme).toContain(`prints\n\n\`\`\`\n${printed}\`\`\``);
});
