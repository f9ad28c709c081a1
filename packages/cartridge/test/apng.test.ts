// Animations of every kind are decoded as the specification states, and as Chromium and Pillow show them.

import { type AnimationFrame, decodeAnimation, type Frame } from "@gvpie/cartridge";
import { requireChromium } from "@gvpie/testing/browser";
import { SeededRandom } from "@gvpie/testing/random";
import { expect, test } from "vitest";
import { type ApngCase, encodeApng, randomApng } from "./support/apng-encoder.ts";
import { requirePillow } from "./support/pillow.ts";
import { deviation, openChromium, otherViews, type View } from "./support/viewers.ts";

const random = new SeededRandom(20_261_127);
const cases = Array.from({ length: 300 }, (_, i) => randomApng(random, i));

async function framesOf(png: Uint8Array): Promise<AnimationFrame[]> {
  const frames: AnimationFrame[] = [];
  for await (const frame of decodeAnimation(png).frames()) frames.push(frame);
  return frames;
}

test("every form, box, disposal and blending: as the specification states", async () => {
  for (const [i, apng] of cases.entries()) {
    const { png, frames, delaysMs } = encodeApng(apng);
    const { frameCount, plays, startsWithPicture } = decodeAnimation(png);
    const expected = [frames.length, apng.plays, !apng.isPictureHidden];
    expect([i, frameCount, plays, startsWithPicture]).toEqual([i, ...expected]);
    const decoded = await framesOf(png);
    expect([i, decoded]).toEqual([i, frames.map((frame, at) => ({ ...frame, delayMs: delaysMs[at] }))]);
  }
});

/** Returns the animations that a viewer shows in another way, with a description. */
async function differences(
  apngs: readonly ApngCase[],
  view: View,
  tolerance: { readonly blends: boolean; readonly tolerance: number },
): Promise<unknown[]> {
  const files = apngs.map((apng) => encodeApng(apng).png);
  const shown = await view.show(files);
  const found: unknown[] = [];
  for (const [i, png] of files.entries()) {
    const ours = (await framesOf(png)).map(({ width, height, data }): Frame => ({ width, height, data }));
    const different = deviation(ours, shown[i] ?? "none", tolerance);
    if (different !== undefined) found.push([different, apngs[i]]);
  }
  return found;
}

test("as Chromium decodes them", { timeout: 60_000 }, async (context) => {
  requireChromium(context);
  const chromium = await openChromium();
  try {
    const view = chromium.views.find(({ name }) => name === "Chromium, every frame") as View;
    // Chromium blends colours that are multiplied with alpha, which rounds them.
    expect(await differences(cases, view, { blends: true, tolerance: 1 })).toEqual([]);
  } finally {
    await chromium.close();
  }
});

/**
 * Pillow 9.4 counts a hidden picture as a frame, fails at interlaced parts, and composes disposals and blendings of some forms in
 * its own way. It also converts 16-bit grey, and transparent grey below 8 bits, in its own way.
 */
function asPillowReads({ form, plays, frames }: ApngCase): ApngCase {
  const depth = form.depth === 16 ? 8 : form.depth;
  const transparent = form.transparent && !(form.colorType === 0 && depth < 8);
  return {
    form: { ...form, depth, interlaced: false, transparent },
    plays,
    isPictureHidden: false,
    frames: frames.map((frame, i) => ({
      ...frame,
      ...(i === 0 && { x: 0, y: 0, width: form.width, height: form.height }),
      dispose: 0,
      blend: 0,
    })),
  };
}

test("as Pillow decodes them, where it follows the specification", async (context) => {
  requirePillow(context);
  const view = otherViews.find(({ name }) => name === "Pillow") as View;
  const exact = { blends: false, tolerance: 0 };
  expect(await differences(cases.map(asPillowReads), view, exact)).toEqual([]);
});
