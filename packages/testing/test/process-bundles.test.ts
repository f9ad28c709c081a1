import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { bundlePrograms } from "../src/process-bundles.ts";

test("the next run removes chunks of old sources and keeps those of a run that may still go on", async () => {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, "apps"));
  const [old, recent] = [join(folder, "apps/chunk-OLD.mjs"), join(folder, "chunk-RECENT.mjs")];
  for (const file of [old, recent]) writeFileSync(file, "");
  utimesSync(old, 0, 0);
  await bundlePrograms(folder);
  expect([existsSync(old), existsSync(recent)]).toEqual([false, true]);
  expect(readdirSync(join(folder, "apps")).toSorted()).toEqual([
    "gvpie",
    "gvpie-daemon",
    "zero-human-daemon",
  ]);
});

test("a folder that cannot be written is named, with what to do", async () => {
  const folder = join(temporaryDirectory(), "file");
  writeFileSync(folder, "");
  await expect(bundlePrograms(folder)).rejects.toThrow(`expected to write ${folder}, got Error: `);
});
