import { verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

test("the example in the README runs, and is the example file", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const folder = temporaryDirectory();
  const before = process.cwd();
  process.chdir(folder);
  try {
    await import("../examples/draw-once.ts");
  } finally {
    process.chdir(before);
  }
  expect(log.mock.calls).toEqual([
    [expect.stringMatching(/^hello_gpu: cartridges\/hello_gpu_\d{13}_1\.png$/)],
  ]);
  log.mockRestore();
  const [name = ""] = readdirSync(join(folder, "cartridges"));
  const bytes = readFileSync(join(folder, "cartridges", name));
  expect(await verifyCartridge(bytes, { render: renderProgram })).toMatchObject({ status: "verified" });

  const home = new URL("..", import.meta.url);
  const source = readFileSync(new URL("examples/draw-once.ts", home), "utf8");
  expect(readFileSync(new URL("README.md", home), "utf8")).toContain(`\`\`\`ts\n${source}\`\`\``);
});
