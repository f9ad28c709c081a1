import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodePng } from "@gvpie/cartridge";
import type { Frame } from "@gvpie/raster";
import { bareEnvironment, bundleOf } from "@gvpie/testing";
import { expect } from "vitest";
import { PROGRAMS } from "./programs.ts";

const GVPIE = fileURLToPath(new URL("../../../apps/gvpie/src/main.ts", import.meta.url));
/** Creation time in the cartridges of all pictures: 1 January 2026. */
export const EPOCH_SECONDS = 1_767_225_600;

/** Runs the gvpie command in the folder of the programs; returns its stdout. */
export function gvpie(args: readonly string[], input: string | Uint8Array = ""): Buffer {
  return execFileSync(process.execPath, ["--conditions=@gvpie/source", bundleOf(GVPIE), ...args], {
    cwd: PROGRAMS,
    input,
    env: bareEnvironment({ SOURCE_DATE_EPOCH: String(EPOCH_SECONDS) }),
    stdio: ["pipe", "pipe", "ignore"],
  });
}

/** Compares every pixel. On a failure saves the actual picture and the difference. */
export async function expectSamePicture(name: string, actual: Frame, expected: Frame): Promise<void> {
  const size = ({ width, height }: Frame): string => `${width}×${height}`;
  expect(size(actual)).toBe(size(expected));
  if (Buffer.compare(Buffer.from(actual.data), Buffer.from(expected.data)) === 0) return;
  const folder = join(tmpdir(), "gvpie-gallery");
  mkdirSync(folder, { recursive: true });
  const difference = actual.data.map((value, i) => (i % 4 === 3 ? 255 : value ^ (expected.data[i] ?? 0)));
  writeFileSync(join(folder, `${name}.actual.png`), await encodePng(actual));
  writeFileSync(join(folder, `${name}.difference.png`), await encodePng({ ...actual, data: difference }));
  expect.fail(`${name} differs from its picture: see ${folder}`);
}
