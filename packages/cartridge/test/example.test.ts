import { runNode } from "@gvpie/testing";
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const FOLDER = new URL("..", import.meta.url);
const README = readFileSync(new URL("README.md", FOLDER), "utf8");

function quoted(name: string): string {
  return `\`\`\`ts\n${readFileSync(new URL(`examples/${name}`, FOLDER), "utf8")}\`\`\``;
}

test("the example runs, and the README quotes it", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/keep-and-check.ts");
  expect(log.mock.calls).toEqual([["verified: The program draws exactly these pixels."]]);
  log.mockRestore();
  expect(README).toContain(quoted("keep-and-check.ts"));
});

test("the example of an animation runs, and the README quotes it", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../examples/animate.ts");
  expect(log.mock.calls).toEqual([
    ["verified: The program draws exactly these 30 frames."],
    ["under 4 KiB for 1.2 s"],
  ]);
  log.mockRestore();
  expect(README).toContain(quoted("animate.ts"));
});

test("the example of a worker runs, and the README quotes it", async () => {
  const { stdout, stderr, status } = await runNode(new URL("examples/verify-in-worker.ts", FOLDER));
  expect({ stdout, stderr, status }).toEqual({ stdout: "verified\n", stderr: "", status: 0 });
  expect(README).toContain(quoted("verify-in-worker.ts"));
  expect(README).toContain(quoted("verify-worker.ts"));
});
