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

const errors = readFileSync(new URL("src/errors.ts", folder), "utf8");
const codesOf = (type: string): readonly (string | undefined)[] => {
  const [, union = ""] = new RegExp(`type ${type} =([^;]*);`).exec(errors) ?? [];
  return [...union.matchAll(/"(FSOCK_\w+)"/g)].map(([, code]) => code);
};

test("the README lists every error code", () => {
  const listed = [...readme.matchAll(/^\| `(FSOCK_\w+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(codesOf("FileSocketErrorCode"));
  const [sentence = ""] = /^The server's codes: .*?\./m.exec(readme) ?? [];
  expect([...sentence.matchAll(/`(FSOCK_\w+)`/g)].map(([, code]) => code)).toEqual(
    codesOf("RequestErrorCode"),
  );
});

test("the README and the specification name no code that does not exist", () => {
  const page = readFileSync(new URL("../../docs/file-socket.md", folder), "utf8");
  const named = [...`${readme}${page}`.matchAll(/FSOCK_\w+/g)].map(([code]) => code);
  const known = [...codesOf("FileSocketErrorCode"), ...codesOf("RequestErrorCode")];
  expect(new Set(named)).toEqual(new Set(known));
});
