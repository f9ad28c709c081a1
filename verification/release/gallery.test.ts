import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { decodeCartridge, decodePng, encodePng, verifyCartridge } from "@gvpie/cartridge";
import { checkProgram, formatProgram, OPCODES } from "@gvpie/pxl-parser";
import { checkDrawing } from "@gvpie/raster";
import { countOpcodes } from "@gvpie/raster/conformance";
import { renderProgram } from "@gvpie/raster-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { ENLARGEMENT, enlarge, galleryPage, SHOWN } from "./gallery/page.ts";
import { canvasArguments, EPOCH_SECONDS, expectSamePicture, gvpie } from "./gallery/pictures.ts";
import { PROGRAMS, readPrograms } from "./gallery/programs.ts";

// The programs of examples/programs, their pictures, and the page that shows them.
// UPDATE_GOLDEN=1 writes the pictures and the page again. Look at them before committing.

const PAGE = new URL("../../docs/gallery.md", import.meta.url);
const ENLARGED = new URL("../../docs/gallery/", import.meta.url);
const programs = readPrograms();

beforeAll(async () => {
  if (process.env["UPDATE_GOLDEN"] !== "1") return;
  mkdirSync(ENLARGED, { recursive: true });
  for (const program of programs.values()) {
    const { name, source, canvas } = program;
    gvpie(["render", `${name}.pxl`, ...canvasArguments(program), "-o", `${name}.png`]);
    const enlarged = await encodePng(enlarge(renderProgram(source, canvas), ENLARGEMENT));
    writeFileSync(new URL(`${name}.png`, ENLARGED), enlarged);
  }
  writeFileSync(PAGE, galleryPage(programs));
}, 300_000);

describe.each([...programs.values()])("$name", ({ name, source, canvas, description }) => {
  test("is in canonical form and has no warnings", () => {
    expect(formatProgram(source)).toBe(source);
    expect(checkProgram(source).diagnostics).toEqual([]);
    expect(checkDrawing(source, canvas)).toEqual([]);
    expect(description).toMatch(/^[A-Z].*\.$/);
  });

  test("renders its picture, which is a verified cartridge", async () => {
    const png = readFileSync(new URL(`${name}.png`, PROGRAMS));
    const { frame, metadata } = await decodeCartridge(png);
    await expectSamePicture(name, renderProgram(source, canvas), frame);
    expect(metadata.gvpie).toMatchObject({ program: source, params: {}, ...canvas });
    expect(metadata.createdAt).toEqual(new Date(EPOCH_SECONDS * 1000));
    const { status } = await verifyCartridge(png, { render: renderProgram });
    expect(status).toBe("verified");
  });

  test("has an enlarged picture on the page", async () => {
    const shown = await decodePng(readFileSync(new URL(`${name}.png`, ENLARGED)));
    await expectSamePicture(name, enlarge(renderProgram(source, canvas), ENLARGEMENT), shown);
  });
});

test("all programs together use every opcode", () => {
  const counts = countOpcodes([...programs.values()].map(({ source }) => source));
  console.log(`${programs.size} programs: ${Array.from(counts, ([op, n]) => `${op} ${n}`).join(", ")}`);
  const version1 = new Set<string>(OPCODES.filter(({ since }) => since === 1).map(({ name }) => name));
  expect(Array.from(counts).filter(([op, count]) => version1.has(op) && count === 0)).toEqual([]);
  expect(programs.size).toBeGreaterThanOrEqual(20);
});

test("the page shows each program once and matches its generator", () => {
  expect([...SHOWN].sort()).toEqual([...programs.keys()].sort());
  expect(readFileSync(PAGE, "utf8")).toBe(galleryPage(programs));
});

test("a program rendered with other parameters is a verified cartridge", () => {
  const png = gvpie(["render", "oled-clock.pxl", "--param", "time=12:34", "-o", "-"]);
  const verified = gvpie(["verify", "-"], png);
  expect(verified.toString()).toBe("verified stdin\n");
});
