// Cartridge scripts that are restricted to a folder, with real files, links and races.

import { encodeCartridge } from "@gvpie/cartridge";
import { createCartridgeRunner, type Runner, type RunResult } from "@gvpie/daemon";
import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const PROGRAM = "TXT 1 1 A\n";
const png = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
const rasterizer = createCpuRasterizer();

/** A folder with a cartridge, beside a cartridge that is outside. */
function createFolders(): { readonly top: string; readonly root: string } {
  const top = temporaryDirectory();
  const root = join(top, "root");
  mkdirSync(join(root, "sub"), { recursive: true });
  mkdirSync(join(top, "root-2"));
  for (const path of ["root/in.png", "root/sub/in.png", "outside.png", "root-2/outside.png"]) {
    writeFileSync(join(top, path), png);
  }
  return { top, root };
}

function run(runner: Runner, code: string): Promise<RunResult> {
  const { signal } = new AbortController();
  const script = { id: 1, name: "a", lang: "cartridge" as const, code, options: {} };
  return runner.run(script, {
    signal,
    patienceMs: 0,
    waiting: () => {},
    holdSlot: () => {},
    timeLeftMs: () => 60_000,
  });
}

test("files below the root and data URLs are read, also through links that stay below it", async () => {
  const { top, root } = createFolders();
  symlinkSync(join(root, "sub"), join(root, "link"));
  symlinkSync(root, join(top, "door"));
  linkSync(join(root, "in.png"), join(root, "sub", "hard.png"));
  const runner = createCartridgeRunner({ rasterizer, root: join(top, "door") });
  for (const code of [
    join(root, "in.png"),
    join(root, "sub/../sub/in.png"),
    join(root, "link/in.png"),
    join(root, "sub/hard.png"),
    join(top, "door/in.png"),
    `${relative(process.cwd(), join(root, "in.png"))}\n`,
    `data:image/png;base64,${Buffer.from(png).toString("base64")}`,
  ]) {
    expect((await run(runner, code)).stdout).toBe("verified 128×64 pixels");
  }
});

test("other files are refused alike, whether they exist or not", async () => {
  const { top, root } = createFolders();
  symlinkSync(join(top, "outside.png"), join(root, "link.png"));
  symlinkSync(top, join(root, "up"));
  symlinkSync(join(top, "missing.png"), join(root, "dangling.png"));
  execFileSync("mkfifo", [join(top, "fifo")]);
  const runner = createCartridgeRunner({ rasterizer, root });
  for (const code of [
    join(top, "outside.png"),
    join(top, "missing.png"),
    join(top, "root-2/outside.png"),
    join(top, "fifo"),
    root,
    join(root, "../outside.png"),
    join(root, "link.png"),
    join(root, "up/outside.png"),
    join(root, "up/missing.png"),
    join(root, "dangling.png"),
    join(root, "missing.png"),
    `/proc/self/root${join(top, "outside.png")}`,
    "/dev/zero",
    "/etc/passwd",
  ]) {
    await expect(run(runner, code)).rejects.toMatchObject({
      code: "CARTRIDGE_OUTSIDE_ROOT",
      message: `expected the path of a file below ${root}, got ${JSON.stringify(code)}`,
    });
  }
  await expect(run(runner, join(root, "sub"))).rejects.toThrow(/is not a regular file/);
});

test("a file that is exchanged for a link to another one during the run is not read", async () => {
  const { top, root } = createFolders();
  const secret = "RECT 0 0 9 9\n";
  const secretPng = await encodeCartridge(renderProgram(secret), { program: secret, language: "1" });
  writeFileSync(join(top, "outside.png"), secretPng);
  const runner = createCartridgeRunner({ rasterizer, root });
  const path = join(root, "in.png");
  const next = join(root, "next.png");
  const over = new AbortController();
  const exchanging = (async () => {
    for (let i = 0; !over.signal.aborted; i++) {
      if (i % 2 === 0) symlinkSync(join(top, "outside.png"), next);
      else writeFileSync(next, png);
      renameSync(next, path);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  })();
  try {
    for (let i = 0; i < 60; i++) {
      const ended = await run(runner, path).then(
        ({ drawing }) => drawing?.program,
        ({ code }: { readonly code: string }) => code,
      );
      expect([PROGRAM, "CARTRIDGE_OUTSIDE_ROOT", "CARTRIDGE_UNREADABLE"]).toContain(ended);
    }
  } finally {
    over.abort();
    await exchanging;
  }
});

test("a root that is not a folder is refused at the start", () => {
  const { root } = createFolders();
  const create = (path: string) => () => createCartridgeRunner({ rasterizer, root: path });
  expect(create(join(root, "in.png"))).toThrow(/expected a folder of cartridges, got the file/);
  expect(create(join(root, "missing"))).toThrow(/expected a folder of cartridges: ENOENT/);
});
