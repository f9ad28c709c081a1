import { decodeAnimation, encodeAnimation, type Frame } from "@gvpie/cartridge";
import type { FuzzTarget } from "@gvpie/testing/fuzz";
import { SeededRandom } from "@gvpie/testing/random";
import { encodeApng, randomApng } from "../support/apng-encoder.ts";
import { mutateAnimation } from "./support/mutate-animation.ts";
import { checkFrame, LIMITS, pngTarget } from "./support/png-target.ts";

const limits = { ...LIMITS, frames: 200, animationPixels: 262_144 };

/** Decodes animations. What is decoded is encoded again, and decoded to the same frames. */
export const target: FuzzTarget = {
  ...pngTarget("animations, decoded and encoded again", 8, async (input) => {
    const animation = decodeAnimation(input, { limits });
    const frames: Frame[] = [];
    for await (const { width, height, data, delayMs } of animation.frames()) {
      checkFrame({ width, height, data });
      if (!(delayMs >= 0)) throw new Error(`a delay of ${delayMs} ms`);
      frames.push({ width, height, data });
    }
    if (frames.length !== animation.frameCount) {
      throw new Error(`expected ${animation.frameCount} frames, got ${frames.length}`);
    }
    const again = decodeAnimation(await encodeAnimation(frames, { delayMs: 5 }));
    let number = 0;
    for await (const { data } of again.frames()) {
      const before = frames[number]?.data;
      if (before === undefined || !Buffer.from(before).equals(Buffer.from(data))) {
        throw new Error(`frame ${number} differs`);
      }
      number++;
    }
    if (number !== frames.length) throw new Error(`expected ${frames.length} frames, got ${number}`);
    return `${Math.min(frames.length, 3)} ${Math.min(animation.plays, 2)} ${animation.startsWithPicture}`;
  }),
  // No corpus: the seeds have animations of every kind.
  maxCorpusBytes: 0,
  seeds,
  mutate: (input, other, random) => mutateAnimation(input, other, random).subarray(0, 65_536),
};

async function seeds(): Promise<Uint8Array[]> {
  const random = new SeededRandom(3);
  const frames = Array.from({ length: 3 }, (_, i): Frame => {
    const data = new Uint8ClampedArray(6 * 5 * 4).fill(255);
    data.fill(i * 80, i * 8, i * 8 + 3);
    return { width: 6, height: 5, data };
  });
  return [
    await encodeAnimation(frames, { delayMs: 50, createdAt: new Date(0) }),
    ...Array.from({ length: 60 }, (_, i) => encodeApng(randomApng(random, i)).png),
  ];
}
