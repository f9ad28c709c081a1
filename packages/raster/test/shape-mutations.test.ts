import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Change, createChangedBundles, type ChangedBundles } from "@gvpie/testing/changed-bundles";
import { afterAll, beforeAll, expect, test } from "vitest";

import type * as Check from "./support/shape-check.ts";
import { findWrongShape } from "./support/shape-check.ts";

const PACKAGES = fileURLToPath(new URL("../..", import.meta.url));

/** A change to one line of a shape that introduces a fault; the file is in the folder of the shapes. */
interface Mutation extends Change {
  readonly name: string;
}

const MUTATIONS: readonly Mutation[] = [
  {
    name: "RECT: the greatest radius leaves no row between the corners",
    file: "rounded.ts",
    from: "Math.floor((h - 1) / 2)",
    to: "Math.floor(h / 2)",
  },
  { name: "RECT: a corner's first row is drawn twice", file: "rounded.ts", from: "cy, 1);", to: "cy, 0);" },
  {
    name: "RECT: a row of a corner is one pixel short",
    file: "rounded.ts",
    from: "right - left + 2 * dx + 1",
    to: "right - left + 2 * dx",
  },
  {
    name: "BOX: the quarters have the pixels of the sides too",
    file: "rounded.ts",
    from: "radius, 1, color",
    to: "radius, 0, color",
  },
  {
    name: "BOX: the right side is one pixel off",
    file: "rounded.ts",
    from: "x + w - 1, top",
    to: "x + w, top",
  },
  {
    name: "POLY: an edge includes its last row",
    file: "polygon.ts",
    from: "row < y + dy",
    to: "row <= y + dy",
  },
  {
    name: "POLY: the inside begins one pixel early",
    file: "polygon.ts",
    from: "x + quotient + 1",
    to: "x + quotient",
  },
  {
    name: "POLY: of two equally near pixels, a steep edge has the left one",
    file: "polygon.ts",
    from: "2 * remainder >= dy",
    to: "2 * remainder > dy",
  },
  {
    name: "POLY: a run of a flat edge is one pixel too long",
    file: "polygon.ts",
    from: ".quotient - 1, length",
    to: ".quotient, length",
  },
  {
    name: "POLY: the last point is not joined to the first",
    file: "polygon.ts",
    from: "let i = 0; i < points.length; i += 2",
    to: "let i = 2; i < points.length; i += 2",
  },
  {
    name: "POLY: an event is sorted wrongly",
    file: "polygon.ts",
    from: "events[at - 1] as number) > value",
    to: "events[at - 1] as number) > value + 4",
  },
  {
    name: "ARC: the start of a sector is left out",
    file: "arc.ts",
    from: "remainder === 0 && dy < 0 ? quotient",
    to: "remainder === 0 && dy > 0 ? quotient",
  },
  {
    name: "ARC: the end of a sector is included",
    file: "arc.ts",
    from: "remainder === 0 && dy <= 0 ? quotient - 1",
    to: "remainder === 0 ? quotient - 1",
  },
  {
    name: "ARC: the centre belongs to a sector",
    file: "arc.ts",
    from: "Math.max(inner, 0)",
    to: "Math.max(inner, -1)",
  },
  { name: "ARC: the hole is one pixel small", file: "arc.ts", from: "low: inner + 1", to: "low: inner" },
  {
    name: "ARC: a thickness of the radius leaves no hole",
    file: "arc.ts",
    from: "thickness > r",
    to: "thickness >= r",
  },
  { name: "ARC: 270° is a full turn", file: "arc.ts", from: "sweep >= 360", to: "sweep >= 270" },
  {
    name: "FILL: the last column is beyond the last colour",
    file: "fill.ts",
    from: "length - 1, i)",
    to: "length, i)",
  },
  { name: "FILL: rounds down", file: "fill.ts", from: "Math.floor(last / 2)", to: "0" },
  { name: "FILL: a run is one column too long", file: "fill.ts", from: "-rise) + 1", to: "-rise) + 2" },
  {
    name: "FILL: left is mirrored one column off",
    file: "fill.ts",
    from: "length - stop",
    to: "length - stop - 1",
  },
  {
    name: "IMAGE: a row begins one pixel late",
    file: "image.ts",
    from: "let column = 0",
    to: "let column = 1",
  },
  {
    name: "IMAGE: the last row is missing",
    file: "image.ts",
    from: "rows.entries()",
    to: "rows.slice(1).entries()",
  },
  {
    name: "IMAGE: a run is one pixel too long",
    file: "image.ts",
    from: "(boxes[at + 2] as number) * scale",
    to: "(boxes[at + 2] as number) * scale + 1",
  },
  {
    name: "a run continues one of another colour",
    file: "merge-rows.ts",
    from: " && open[at + 2] === current[i + 2]",
    to: "",
  },
  {
    name: "a run that continues begins again",
    file: "merge-rows.ts",
    from: "(open[at + 3] as number) : top",
    to: "top : top",
  },
];

let bundles: ChangedBundles;
beforeAll(async () => {
  const check = join(PACKAGES, "raster/test/support/shape-check.ts");
  bundles = await createChangedBundles(check, join(PACKAGES, "raster/src/shapes"), MUTATIONS);
});
afterAll(() => bundles[Symbol.asyncDispose]());

test("every shape of the selection is drawn as it is defined", () => {
  expect(findWrongShape()).toBeUndefined();
});

test.each(MUTATIONS)("the comparison with the definition detects: $name", async (mutation) => {
  const { findWrongShape } = (await bundles.importBundle(mutation)) as typeof Check;
  const [opcode] = mutation.name.split(":");
  expect(findWrongShape(mutation.file === "merge-rows.ts" ? ["POLY", "IMAGE"] : [opcode ?? ""])).toMatch(
    /expected/,
  );
});

test("docs/proofs.md lists each mutation", () => {
  const lines = readFileSync(join(PACKAGES, "..", "docs", "proofs.md"), "utf8").split("\n");
  for (const { name } of MUTATIONS) expect(lines).toContain(`- ${name}`);
});
