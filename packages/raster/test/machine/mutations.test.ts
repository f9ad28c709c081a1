import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { type Mutation, MUTATIONS } from "./mutations.ts";
import { createProver, type Prover } from "./solver.ts";
import type * as Subject from "./subject.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000 });

const PACKAGES = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gvpie-mutations-"));
let copies = 0;
let prover: Prover;
beforeAll(async () => {
  prover = await createProver();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await prover.close();
});

/** Copies the sources and these tests, with one change, and imports the theorems and the comparison of the copy. */
async function importCopy(mutation?: Mutation): Promise<typeof Subject> {
  const copy = join(folder, String(copies++));
  for (const part of ["raster/src", "raster/test/machine", "pxl-parser/src", "pxl-parser/package.json"]) {
    cpSync(join(PACKAGES, part), join(copy, part), { recursive: true });
  }
  writeFileSync(join(copy, "raster", "package.json"), `{ "type": "module" }`);
  const scope = join(copy, "node_modules", "@gvpie");
  mkdirSync(scope, { recursive: true });
  symlinkSync(join(copy, "pxl-parser"), join(scope, "pxl-parser"));
  symlinkSync(join(PACKAGES, "glyph-rom"), join(scope, "glyph-rom"));
  if (mutation !== undefined) {
    const { file, from, to } = mutation;
    const pieces = readFileSync(join(copy, file), "utf8").split(from);
    if (pieces.length !== 2) {
      throw new Error(`expected ${from} once in ${file}, got it ${pieces.length - 1} times`);
    }
    writeFileSync(join(copy, file), pieces.join(to));
  }
  return (await import(pathToFileURL(join(copy, "raster/test/machine/subject.ts")).href)) as typeof Subject;
}

test("an unchanged copy passes the comparison and every proof", async () => {
  const { theorems, findDifference } = await importCopy();
  expect(findDifference()).toBeUndefined();
  for (const theorem of theorems()) expect(await prover.prove(theorem)).toBe("proved");
});

describe("a theorem is refuted if", () => {
  test.each(MUTATIONS.filter(({ caughtBy }) => caughtBy !== "comparison"))("$name", async (mutation) => {
    const { theorems } = await importCopy(mutation);
    const theorem = theorems().find(({ says }) => says === mutation.caughtBy);
    if (theorem === undefined) throw new Error(`expected a theorem "${mutation.caughtBy}", got none`);
    expect(await prover.prove(theorem)).toBe("refuted");
  });
});

describe("the comparison finds a difference if", () => {
  test.each(MUTATIONS.filter(({ caughtBy }) => caughtBy === "comparison"))("$name", async (mutation) => {
    const { findDifference } = await importCopy(mutation);
    expect(findDifference()).toMatch(/in step|by step/);
  });
});

test("docs/proofs.md lists each mutation and its detector", () => {
  const document = readFileSync(join(PACKAGES, "..", "docs", "proofs.md"), "utf8");
  const rows = document.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const listed = rows.map(([, name, catcher]) => `${name}: ${catcher}`);
  for (const { name, caughtBy } of MUTATIONS) expect(listed).toContain(`${name}: ${caughtBy}`);
});
