import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

import { runNode } from "@gvpie/testing";
import { requireDriver } from "@gvpie/testing/gpu-drivers";

vi.setConfig({ testTimeout: 120_000 });

const folder = new URL("..", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), "utf8");

test.for([
  { file: "render.ts", printed: "SwiftShader Device (Subzero) drew 128×64 pixels, 234 of them white\n" },
  { file: "process.ts", printed: "32768 bytes, drawn by cpu\n" },
])("$file stands in the README, and prints the output given there", async ({ file, printed }, context) => {
  const source = read(`examples/${file}`);
  expect(read("README.md")).toContain(`\`\`\`ts\n${source}\`\`\``);
  const env = requireDriver(context, "swiftshader");
  const { stdout, stderr, status } = await runNode(new URL(`examples/${file}`, folder), [], { env });
  expect({ stdout, stderr, status }).toEqual({ stdout: printed, stderr: "", status: 0 });
});
