// Chromium, Pillow, ImageMagick and sharp show exactly the pixels of a verified cartridge.

import { encodeCartridge, type Frame, type Verification, verifyCartridge } from "@gvpie/cartridge";
import { requireChromium } from "@gvpie/testing/browser";
import { renderProgram } from "@gvpie/raster-cpu";
import { SeededRandom } from "@gvpie/testing/random";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { chunksOf, pngOf, type RawChunk } from "./support/chunks.ts";
import { paintFrame } from "./support/frames.ts";
import { requirePillow } from "./support/pillow.ts";
import { type Resave, resaves, requireTools } from "./support/resaves.ts";
import {
  appliesTo,
  bareForms,
  encodedForms,
  type Form,
  forms,
  plainPng,
  type Sample,
  sampleOf,
  type Variant,
  variants,
} from "./support/viewer-corpus.ts";
import { deviation, openChromium, otherViews, requireImageMagick, type View } from "./support/viewers.ts";

/**
 * ImageMagick writes gAMA and cHRM, both of sRGB, without sRGB. Chromium then applies a gamma of exactly 1/2.2, and dark shades
 * differ by up to this many levels of 255.
 */
const SHADES = 9;

/** Files that one process of a viewer shows. */
const BATCH = 250;

let views: readonly View[] = [];
let close = () => Promise.resolve();

beforeEach(async (context) => {
  requireChromium(context);
  requirePillow(context);
  requireImageMagick(context);
  if (views.length > 0) return;
  const chromium = await openChromium();
  views = [...chromium.views, ...otherViews];
  ({ close } = chromium);
});
afterAll(() => close());

function hasShades({ png }: Sample): boolean {
  const types = new Set(chunksOf(png).map(({ type }) => type));
  return types.has("gAMA") && types.has("cHRM") && !types.has("sRGB");
}

interface Judged extends Sample {
  readonly verification: Verification;
  /** The views that show other pixels, with a description. */
  readonly deviations: readonly string[];
}

/** Verifies each file with a renderer that draws its frame, and shows it in every view. */
async function judge(samples: readonly Sample[]): Promise<Judged[]> {
  const deviations = samples.map((): string[] => []);
  for (const view of views) {
    for (let start = 0; start < samples.length; start += BATCH) {
      const batch = samples.slice(start, start + BATCH);
      const shown = await view.show(batch.map(({ png }) => png));
      const expected = view.blends
        ? await view.show(batch.map(({ frame }) => plainPng(frame)))
        : batch.map(({ frame }) => [frame]);
      shown.forEach((frames, i) => {
        const tolerance = view.blends && hasShades(batch[i] as Sample) ? SHADES : 0;
        const found = deviation(expected[i] ?? "none", frames, { blends: view.blends, tolerance });
        if (found !== undefined) deviations[start + i]?.push(`${view.name}: ${found}`);
      });
    }
  }
  return Promise.all(
    samples.map(async (sample, i) => ({
      ...sample,
      verification: await verifyCartridge(sample.png, { render: () => sample.frame }),
      deviations: deviations[i] ?? [],
    })),
  );
}

const outcome = ({ verification: { status, obstacles } }: Judged) =>
  [status, ...obstacles.slice(0, 1).map(({ chunk }) => chunk)].join(": ");
const shownOtherwise = (judged: readonly Judged[]) =>
  judged
    .filter(({ verification, deviations }) => verification.status === "verified" && deviations.length > 0)
    .map(({ name, deviations }) => [name, ...deviations]);

// Hundreds of files in nine views: no test here is near this timeout on an idle machine.
describe("the picture of a verified cartridge is the picture that viewers show", { timeout: 600_000 }, () => {
  test("every form and chunk: verified files look the same everywhere, the others name the chunk", async () => {
    const samples = await Promise.all([
      ...bareForms.map(async ([form, obstacle]) => ({ ...(await sampleOf(form, [])), obstacle })),
      ...encodedForms.map((form) => sampleOf(form, [])),
      ...forms.flatMap((form) =>
        variants.filter((variant) => appliesTo(form, variant)).map((variant) => sampleOf(form, [variant])),
      ),
    ]);
    const judged = await judge(samples.filter((sample): sample is Sample => sample?.png !== undefined));
    expect(shownOtherwise(judged)).toEqual([]);
    expect(judged.map((sample) => [sample.name, outcome(sample)])).toEqual(
      judged.map(({ name, obstacle }) => [
        name,
        obstacle === undefined ? "verified" : `not-canonical: ${obstacle}`,
      ]),
    );
    // Each view is able to show other pixels.
    const seen = judged.flatMap(({ deviations }) => deviations.map((text) => text.split(":")[0]));
    expect(new Set(seen)).toEqual(new Set(views.map(({ name }) => name)));
  });

  test("chunks together: a verified file looks the same everywhere", async () => {
    const random = new SeededRandom(20_261_127);
    const canonical = variants.filter(({ obstacle }) => obstacle === undefined);
    const samples: (Sample | undefined)[] = [];
    for (let i = 0; i < 500; i++) {
      const from: readonly Variant[] = i % 4 === 0 ? variants : canonical;
      const form = random.pick(i % 2 === 0 ? forms : encodedForms);
      const applied = Array.from({ length: 2 + random.below(4) }, () => random.pick(from));
      // Not every combination is a valid PNG. Every third is in the order of the variants.
      samples.push(await sampleOf(form, applied, i % 3 === 0 ? undefined : random).catch(() => undefined));
    }
    const judged = await judge(samples.filter((sample) => sample !== undefined));
    expect(shownOtherwise(judged)).toEqual([]);
    const count = (status: string) =>
      judged.filter(({ verification }) => verification.status === status).length;
    expect(count("verified") + count("not-canonical")).toBe(judged.length);
    expect(Math.min(count("verified"), count("not-canonical"))).toBeGreaterThan(100);
  });

  test("gAMA and cHRM of sRGB without sRGB: Chromium keeps the order of the shades, and reveals none", async () => {
    // Every level of grey and of each channel, and colours of all kinds.
    const ramps = paintFrame(256, 4, (x, y) => {
      const level = (channel: number) => (y === 0 || y === channel + 1 ? x : 0);
      return [level(0), level(1), level(2), 255];
    });
    const colors = paintFrame(64, 64, (x, y) => [
      (x & 15) * 17,
      (y & 15) * 17,
      ((y >> 4) * 4 + (x >> 4)) * 17,
      255,
    ]);
    const frames = [ramps, colors];
    const shades = variants.filter(({ name }) => name === "gAMA 45455" || name === "cHRM of sRGB");
    const early = shades.flatMap(({ chunks }) => chunks(forms[0] as Form)?.early ?? []);
    const files = frames.map((frame) => {
      const [header, ...rest] = chunksOf(plainPng(frame)) as [RawChunk, ...RawChunk[]];
      return pngOf([header, ...early, ...rest]);
    });
    const isExact = (level: number) => level === 0 || (level >= 90 && level <= 111) || level >= 239;
    for (const view of views) {
      const shown = await view.show(files);
      const tolerance = view.blends ? SHADES : 0;
      const found = frames.map((frame, i) =>
        deviation([frame], shown[i] ?? "none", { blends: false, tolerance }),
      );
      expect([view.name, ...found]).toEqual([view.name, undefined, undefined]);
      const { data } = (shown[0] as readonly [Frame])[0];
      for (const [y, channel] of [0, 0, 1, 2].entries()) {
        const levels = Array.from({ length: 256 }, (_, x) => data[(y * 256 + x) * 4 + channel] as number);
        const steps = levels.slice(1).map((level, x) => level - (levels[x] as number));
        // No shade becomes darker than a darker one, or more than one level more distinct from its neighbour.
        expect(steps.filter((step) => step < 0 || step > 2)).toEqual([]);
        expect(levels.filter((level, x) => isExact(x) && level !== x)).toEqual([]);
      }
    }
  });

  const PROGRAM = `COLOR #404040
CLEAR
COLOR #ff8000
RECT 4 4 40 8
COLOR #ffffff
TXT 4 16 PAY 10
COLOR #414141
TXT 4 24 PAY 9999999
`;
  const ramp = paintFrame(40, 32, (x, y) => [x * 6, y * 8, (x * y) & 255, 255]);
  const glass = paintFrame(24, 16, (x, y) => [x * 10, y * 15, (x * y) & 255, (x * 11 + y * 5) & 255]);
  test.for<[string, Frame, (resave: Resave) => boolean]>([
    ["in few colours", renderProgram(PROGRAM, { width: 96, height: 40 }), () => true],
    ["in black and white", renderProgram("TXT 4 4 HI", { width: 40, height: 16 }), () => true],
    ["in one grey", renderProgram("HALT", { width: 9, height: 5, background: "#0a0a0aff" }), () => true],
    ["in many colours", ramp, ({ colors }) => colors === "all"],
    ["with alpha", glass, ({ colors, keepsAlpha }) => colors === "all" && keepsAlpha],
  ])("a picture %s, saved again by other programs", async ([, frame, isLossless], context) => {
    requireTools(context);
    const png = await encodeCartridge(frame, { program: PROGRAM, language: "1" });
    const saved: Sample[] = [];
    const used = resaves.filter(isLossless);
    for (const { name, save } of used) {
      saved.push({ name, obstacle: undefined, png: await save(png), frame });
    }
    const judged = await judge(saved);
    expect(judged.map(({ name, verification }) => [name, verification.status])).toEqual(
      used.map(({ name, status }) => [name, status]),
    );
    expect(shownOtherwise(judged)).toEqual([]);
    for (const { verification } of judged) expect(verification.frame).toEqual(frame);
  });
});
