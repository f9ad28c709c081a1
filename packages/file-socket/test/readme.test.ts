import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const folder = new URL("..", import.meta.url);
const readme = readFileSync(new URL("README.md", folder), "utf8");

test("the README shows the example file and its output", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/ask-and-answer.ts");
  const printed = log.mock.calls.map(([line]) => `${line}\n`).join("");
  log.mockRestore();
  const source = readFileSync(new URL("examples/ask-and-answer.ts", folder), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${source}\`\`\``);
  expect(readme).toContain(`\`\`\`\n${printed}\`\`\``);
});

test("the README lists every error code", () => {
  const source = readFileSync(new URL("src/errors.ts", folder), "utf8");
  const [, union = ""] = /type FileSocketErrorCode =([^;]*);/.exec(source) ?? [];
  const codes = [...union.matchAll(/"(FSOCK_\w+)"/g)].map(([, code]) => code);
  const listed = [...readme.matchAll(/^\| `(FSOCK_\w+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(codes);
});
