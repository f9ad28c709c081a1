// Chromium and Pillow show exactly the frames of a verified animation, and viewers of still pictures its frame 0.

import { encodeAnimation, type Frame, verifyCartridge } from "@gvpie/cartridge";
import { requireChromium } from "@gvpie/testing/browser";
import { SeededRandom } from "@gvpie/testing/random";
import { afterAll, beforeEach, expect, test } from "vitest";
import { encodeApng, randomApng } from "./support/apng-encoder.ts";
import { paintFrame } from "./support/frames.ts";
import { requirePillow } from "./support/pillow.ts";
import { deviation, openChromium, otherViews, requireImageMagick, type View } from "./support/viewers.ts";

let views: readonly View[] = [];
let close = () => Promise.resolve();

beforeEach(async (context) => {
  requireChromium(context);
  requirePillow(context);
  requireImageMagick(context);
  if (views.length > 0) return;
  const chromium = await openChromium();
  // A page shows any of the frames.
  views = [...chromium.views, ...otherViews].filter(({ name }) => name !== "Chromium, page");
  ({ close } = chromium);
});
afterAll(() => close());

/** The views that show every frame. */
const ANIMATED = new Set(["Chromium, every frame", "Pillow"]);

type Color = readonly [number, number, number, number];

/** Returns an animation in which a few pixels change in each frame, to colours of a list. */
function clipOf(colors: readonly Color[], random: SeededRandom): Frame[] {
  const [width, height] = [1 + random.below(37), 1 + random.below(21)];
  const pick = () => random.pick(colors);
  let last = paintFrame(width, height, pick);
  return Array.from({ length: 2 + random.below(6) }, () => {
    const [left, top] = [random.below(width), random.below(height)];
    const before = last;
    last = paintFrame(width, height, (x, y) => {
      const isKept = x < left || y < top || random.oneIn(2);
      const at = (y * width + x) * 4;
      return isKept ? (Array.from(before.data.subarray(at, at + 4)) as unknown as Color) : pick();
    });
    return last;
  });
}

const ramp = (count: number, alpha: (i: number) => number): Color[] =>
  Array.from({ length: count }, (_, i) => [(i * 37) & 255, (i * 11) & 255, i & 255, alpha(i)]);
const opaque = () => 255;
const FORMS: readonly (readonly [string, readonly Color[]])[] = [
  [
    "1-bit grey",
    [
      [0, 0, 0, 255],
      [255, 255, 255, 255],
    ],
  ],
  [
    "1-bit palette",
    [
      [9, 0, 0, 255],
      [0, 200, 0, 255],
    ],
  ],
  [
    "1-bit palette with alpha",
    [
      [9, 0, 0, 0],
      [0, 200, 0, 255],
    ],
  ],
  ["2-bit palette", ramp(4, opaque)],
  ["4-bit palette", ramp(16, opaque)],
  ["4-bit palette with alpha", ramp(16, (i) => i * 16)],
  ["8-bit palette", ramp(200, opaque)],
  ["8-bit palette with alpha", ramp(200, (i) => i)],
  ["RGB", ramp(3000, opaque)],
  ["RGBA", ramp(3000, (i) => i & 255)],
];

test("every form that the encoder writes", { timeout: 120_000 }, async () => {
  const random = new SeededRandom(11);
  const samples = FORMS.flatMap(([name, colors]) =>
    Array.from({ length: 8 }, () => ({ name, frames: clipOf(colors, random) })),
  );
  const files = await Promise.all(
    samples.map(({ frames }) => encodeAnimation(frames, { program: "x", language: "2", delayMs: 40 })),
  );
  for (const [i, { frames }] of samples.entries()) {
    const animation = { frames: frames.length, delayMs: 40 };
    const { status } = await verifyCartridge(files[i] as Uint8Array, {
      render: (_, { frame = 0 }) => ({ ...(frames[frame] as Frame), animation }),
    });
    expect(status).toBe("verified");
  }
  for (const view of views) {
    const shown = await view.show(files);
    const found = samples.flatMap(({ name, frames }, i) => {
      const expected = ANIMATED.has(view.name) ? frames : frames.slice(0, 1);
      // A canvas multiplies colours with alpha, which rounds them.
      const tolerance = view.blends ? 1 : 0;
      const different = deviation(expected, shown[i] ?? "none", { blends: view.blends, tolerance });
      return different === undefined ? [] : [`${name}: ${different}`];
    });
    expect([view.name, ...found]).toEqual([view.name]);
  }
});

test("viewers disagree on other animations, which are not canonical", { timeout: 60_000 }, async () => {
  const random = new SeededRandom(5);
  const plain = Array.from({ length: 90 }, (_, i) => {
    const apng = randomApng(random, i);
    const form = { ...apng.form, interlaced: false, transparent: false };
    const frames = apng.frames.map((frame) => ({ ...frame, dispose: 0, blend: 0 }) as const);
    return { ...apng, form: { ...form, depth: form.depth === 16 ? 8 : form.depth } as const, frames };
  }).filter(({ frames, isPictureHidden }) => frames.length > 1 && !isPictureHidden);
  const variants = {
    "as the encoder writes": plain,
    "a hidden picture": plain.map((apng) => ({ ...apng, isPictureHidden: true })),
    interlaced: plain.map((apng) => ({ ...apng, form: { ...apng.form, interlaced: true } })),
    "disposal 1": plain.map((apng) => ({
      ...apng,
      frames: apng.frames.map((f) => ({ ...f, dispose: 1 }) as const),
    })),
    "disposal 2": plain.map((apng) => ({
      ...apng,
      frames: apng.frames.map((f) => ({ ...f, dispose: 2 }) as const),
    })),
    "blending 1": plain.map((apng) => ({
      ...apng,
      frames: apng.frames.map((f) => ({ ...f, blend: 1 }) as const),
    })),
  };
  const animated = views.filter(({ name }) => ANIMATED.has(name));
  const disagreements: Record<string, number> = {};
  for (const [name, apngs] of Object.entries(variants)) {
    const encoded = apngs.map(encodeApng);
    const isShown = encoded.map(() => true);
    for (const view of animated) {
      const shown = await view.show(encoded.map(({ png }) => png));
      for (const [i, { frames }] of encoded.entries()) {
        const different = deviation(frames, shown[i] ?? "none", { blends: true, tolerance: 1 });
        isShown[i] &&= different === undefined;
      }
    }
    disagreements[name] = isShown.filter((shown) => !shown).length;
  }
  const { "as the encoder writes": ours, ...others } = disagreements;
  expect(ours).toBe(0);
  for (const count of Object.values(others)) expect(count).toBeGreaterThan(0);
});
