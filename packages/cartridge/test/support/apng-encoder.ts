// An encoder of animations for tests that shares no code with the package: every form of PNG, boxes, disposals and blendings,
// with the expected frames, composed pixel by pixel as the specification states (PNG 3rd ed. §11.3.6.2).

import type { Frame } from "@gvpie/cartridge";
import type { SeededRandom } from "@gvpie/testing/random";
import { chunk, chunksOf, pngOf, type RawChunk, u32 } from "./chunks.ts";
import { DEPTHS, encodeCase, type PngCase } from "./png-encoder.ts";

/** One frame of an animation; its picture is computed. */
export interface ApngFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly dispose: 0 | 1 | 2;
  readonly blend: 0 | 1;
  readonly delay: readonly [numerator: number, denominator: number];
  /** Makes the pixels of one frame differ from those of another. */
  readonly shift: number;
  /** Bytes of pixel data in each fdAT. */
  readonly dataBytes: number;
}

export interface ApngCase {
  /** Size and form of the picture. */
  readonly form: PngCase;
  readonly plays: number;
  /** True if the picture in IDAT is not a frame. */
  readonly isPictureHidden: boolean;
  /** The first one is the whole canvas unless the picture is hidden. */
  readonly frames: readonly ApngFrame[];
}

export interface EncodedApng {
  readonly png: Uint8Array;
  readonly frames: readonly Frame[];
  readonly delaysMs: readonly number[];
}

export function acTL(frames: number, plays: number): RawChunk {
  return chunk("acTL", [...u32(frames), ...u32(plays)]);
}

export function fcTL(sequence: number, frame: Omit<ApngFrame, "shift" | "dataBytes">): RawChunk {
  const { x, y, width, height, dispose, blend, delay } = frame;
  const words = [sequence, width, height, x, y].flatMap((word) => Array.from(u32(word)));
  const delays = delay.flatMap((value) => [value >> 8, value & 255]);
  return chunk("fcTL", [...words, ...delays, dispose, blend]);
}

export function fdAT(sequence: number, data: Uint8Array): RawChunk {
  return chunk("fdAT", [...u32(sequence), ...data]);
}

type Pixel = readonly [number, number, number, number];

function pixelAt({ width, data }: Frame, x: number, y: number): Pixel {
  return Array.from(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)) as unknown as Pixel;
}

/** Blends one pixel over another, in straight alpha. */
function over([r, g, b, a]: Pixel, below: Pixel): Pixel {
  const [above, rest] = [a / 255, (below[3] / 255) * (1 - a / 255)];
  const alpha = above + rest;
  if (a === 0) return below;
  const mix = (top: number, bottom: number) => Math.round((top * above + bottom * rest) / alpha);
  return [mix(r, below[0]), mix(g, below[1]), mix(b, below[2]), Math.round(alpha * 255)];
}

/** Returns the frame with the pixels of a box replaced. */
function withBox(frame: Frame, box: ApngFrame, pixel: (x: number, y: number) => Pixel): Frame {
  const data = frame.data.slice();
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      data.set(pixel(x, y), ((box.y + y) * frame.width + box.x + x) * 4);
    }
  }
  return { ...frame, data };
}

/** Returns the file, and the frames that it shows. */
export function encodeApng({ form, plays, isPictureHidden, frames }: ApngCase): EncodedApng {
  const picture = chunksOf(
    encodeCase({ ...form, shift: isPictureHidden ? 99 : (frames[0]?.shift ?? 0) }).png,
  );
  const at = picture.findIndex(({ type }) => type === "IDAT");
  const chunks: RawChunk[] = [...picture.slice(0, at), acTL(frames.length, plays)];
  const idats = picture.filter(({ type }) => type === "IDAT");
  let sequence = 0;
  if (isPictureHidden) chunks.push(...idats);
  const { width, height } = form;
  let canvas: Frame = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  const shown: Frame[] = [];
  for (const [i, frame] of frames.entries()) {
    chunks.push(fcTL(sequence++, frame));
    const part = encodeCase({ ...form, ...frame });
    const data = Buffer.concat(chunksOf(part.png).flatMap((c) => (c.type === "IDAT" ? [c.data] : [])));
    if (i === 0 && !isPictureHidden) {
      chunks.push(...idats);
    } else {
      for (let start = 0; start < data.length; start += frame.dataBytes) {
        chunks.push(fdAT(sequence++, data.subarray(start, start + frame.dataBytes)));
      }
    }
    const before = canvas;
    const drawn = withBox(canvas, frame, (x, y) => {
      const pixel = pixelAt(part.frame, x, y);
      return frame.blend === 0 ? pixel : over(pixel, pixelAt(before, frame.x + x, frame.y + y));
    });
    shown.push(drawn);
    const cleared = withBox(drawn, frame, () => [0, 0, 0, 0]);
    canvas = frame.dispose === 0 ? drawn : frame.dispose === 2 && i > 0 ? before : cleared;
  }
  chunks.push(chunk("IEND"));
  const delaysMs = frames.map(({ delay: [top, bottom] }) => (top * 1000) / (bottom === 0 ? 100 : bottom));
  return { png: pngOf(chunks), frames: shown, delaysMs };
}

const COLOR_TYPES = [0, 2, 3, 4, 6] as const;

/** Returns an animation of every kind. `colorType` and `depth` go through all forms. */
export function randomApng(random: SeededRandom, number: number): ApngCase {
  const kinds = COLOR_TYPES.flatMap((colorType) => DEPTHS[colorType].map((depth) => ({ colorType, depth })));
  const { colorType, depth } = kinds[number % kinds.length] as (typeof kinds)[number];
  const [width, height] = [1 + random.below(14), 1 + random.below(11)];
  const form: PngCase = {
    width,
    height,
    colorType,
    depth,
    interlaced: random.oneIn(3),
    filter: "mixed",
    transparent: colorType !== 4 && colorType !== 6 && random.oneIn(2),
    idatBytes: random.oneIn(4) ? 3 : 65_536,
  };
  const isPictureHidden = random.oneIn(4);
  const frames = Array.from({ length: 1 + random.below(5) }, (_, i): ApngFrame => {
    const isWhole = (i === 0 && !isPictureHidden) || random.oneIn(4);
    const [x, y] = isWhole ? [0, 0] : [random.below(width), random.below(height)];
    return {
      x,
      y,
      width: isWhole ? width : 1 + random.below(width - x),
      height: isWhole ? height : 1 + random.below(height - y),
      dispose: random.below(3) as 0 | 1 | 2,
      blend: random.below(2) as 0 | 1,
      delay: [random.below(40), random.pick([0, 1, 100, 1000])],
      shift: random.below(50),
      dataBytes: random.oneIn(4) ? 5 : 65_536,
    };
  });
  return { form, plays: random.below(3), isPictureHidden, frames };
}
