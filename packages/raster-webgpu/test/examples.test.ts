import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

import { requireDriver } from "@gvpie/testing/gpu-drivers";
import { runNode } from "./support/run-node.ts";

vi.setConfig({ testTimeout: 120_000 });

const folder = new URL("..", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), "utf8");

test.for([
  { file: "render.ts", printed: "SwiftShader Device (Subzero) drew 128×64 pixels, 234 of them white\n" },
  { file: "process.ts", printed: "32768 bytes, drawn by cpu\n" },
])("$file is in the README, and prints what that says", async ({ file, printed }, context) => {
  const source = read(`examples/${file}`);
  expect(read("README.md")).toContain(`\`\`\`ts\n${source}\`\`\``);
  const { stdout, stderr, code } = await runNode(
    `../../examples/${file}`,
    requireDriver(context, "swiftshader"),
  );
  expect({ stdout, stderr, code }).toEqual({ stdout: printed, stderr: "", code: 0 });
});
