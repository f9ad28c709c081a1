import { checkPixelData } from "./canonical-stream.ts";
import { CHUNK_OVERHEAD, SIGNATURE_BYTES } from "./chunk.ts";
import {
  type AnimationStructure,
  BLEND,
  DELAY_UNITS,
  DISPOSE,
  FCTL_BYTES,
  type FrameEntry,
  SEQUENCE_BYTES,
} from "./frame-control.ts";
import { GREY, INDEXED, RGB, RGBA } from "./header.ts";
import type { Structure } from "./structure.ts";
import type { Animation, DisplayObstacle } from "./types.ts";

/** The animation of a file whose record states one. */
export interface ClaimedAnimation extends AnimationStructure {
  readonly recorded: Animation;
}

/** True for the forms in which the encoder writes animations. Others were not compared in viewers. */
function isKnownForm({ header, transparency }: Structure): boolean {
  const { colorType, depth, interlaced } = header;
  if (interlaced) return false;
  if (colorType === INDEXED) return true;
  const isKnown = colorType === GREY ? depth === 1 : (colorType === RGB || colorType === RGBA) && depth === 8;
  return isKnown && transparency === undefined;
}

/** Returns the reason why the chunks of a frame are not canonical; undefined if they are. */
function checkFrame(entry: FrameEntry, number: number, { recorded }: ClaimedAnimation): string | undefined {
  const { delayNumerator, delayDenominator, dispose, blend, offset, data } = entry;
  if (number >= recorded.frames) {
    return `it is frame ${number}, and the record states only frames 0 to ${recorded.frames - 1}`;
  }
  if (delayNumerator !== recorded.delayMs || delayDenominator !== DELAY_UNITS) {
    return `expected a delay of ${recorded.delayMs}/${DELAY_UNITS} s, that of the record, got ${delayNumerator}/${delayDenominator} s`;
  }
  if (dispose !== DISPOSE.none || blend !== BLEND.source) {
    return `expected the disposal 0 and the blending 0, got ${dispose} and ${blend}: viewers round the result in different ways`;
  }
  return data.offset === offset + CHUNK_OVERHEAD + FCTL_BYTES
    ? undefined
    : "its pixel data does not follow directly, and some viewers do not show the frame";
}

/** Returns the reason why the pixel data of a frame after the first is not canonical; undefined if it is. */
function checkData(structure: Structure, { width, height, data }: FrameEntry): string | undefined {
  const view = new DataView(data.bytes.buffer, data.bytes.byteOffset, data.bytes.length);
  if (view.getUint32(data.offset) !== SEQUENCE_BYTES + data.length) {
    return "the pixel data of its frame is split, and some viewers show a part of it";
  }
  return checkPixelData({ header: { ...structure.header, width, height }, data });
}

/**
 * Finds the animation chunks that can change the display: an animation is canonical in the one form that the encoder writes. At
 * most `most` are listed, in file order but for IHDR.
 */
export function findAnimationObstacles(
  structure: Structure,
  animation: ClaimedAnimation,
  most: number,
): DisplayObstacle[] {
  const { offset, plays, startsWithPicture, frames } = animation;
  const obstacles: DisplayObstacle[] = [];
  const add = (chunk: string, at: number, reason: string | undefined) => {
    if (reason !== undefined) obstacles.push({ chunk, offset: at, reason });
  };
  if (!startsWithPicture) {
    add("acTL", offset, "viewers show its frames, of which the picture in IDAT is none");
    return obstacles;
  }
  if (!isKnownForm(structure)) {
    add("IHDR", SIGNATURE_BYTES, "expected an animation in a form that the encoder writes, got another");
  }
  if (plays !== 0) {
    add(
      "acTL",
      offset,
      `expected an animation without end, got ${plays} plays: viewers stop at another frame`,
    );
  }
  for (const [number, entry] of frames.entries()) {
    if (obstacles.length >= most) break;
    add("fcTL", entry.offset, checkFrame(entry, number, animation));
    // That of frame 0 is in IDAT.
    if (number > 0) add("fdAT", entry.data.offset, checkData(structure, entry));
  }
  return obstacles;
}
