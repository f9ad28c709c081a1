import type { Difference, Frame, Relation } from "./types.ts";

/** The most pixels that a search for a part of a frame compares: it then reports none. */
const MAX_COMPARISONS = 2 ** 24;

/** A frame with its pixels as 32-bit words, whose order of bytes does not matter to a comparison. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly words: Uint32Array;
}

/** Returns the pixels of a frame: a view, or a copy of data that is not aligned to words. */
function pixelsOf({ width, height, data }: Frame): Pixels {
  const { buffer, byteOffset } = data.byteOffset % 4 === 0 ? data : data.slice();
  return { width, height, words: new Uint32Array(buffer, byteOffset, width * height) };
}

/** @throws {RangeError} if the frames have different sizes. */
function checkSizes(a: Frame, b: Frame): void {
  if (a.width === b.width && a.height === b.height) return;
  throw new RangeError(`expected frames of one size, got ${a.width}×${a.height} and ${b.width}×${b.height}`);
}

/**
 * Returns the pixels that differ between two frames; undefined if none does.
 *
 * @throws {RangeError} if the frames have different sizes.
 */
export function compareFrames(a: Frame, b: Frame): Difference | undefined {
  checkSizes(a, b);
  const { width, height, words } = pixelsOf(a);
  const others = pixelsOf(b).words;
  let count = 0;
  let firstIndex = 0;
  let onlyUnderAlpha0 = true;
  let [left, right, bottom] = [width, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (words[i] === others[i]) continue;
      if (count++ === 0) firstIndex = i;
      onlyUnderAlpha0 &&= a.data[i * 4 + 3] === 0 && b.data[i * 4 + 3] === 0;
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = y;
    }
  }
  if (count === 0) return undefined;
  const first = { x: firstIndex % width, y: Math.floor(firstIndex / width) };
  const box = { x: left, y: first.y, width: right - left + 1, height: bottom - first.y + 1 };
  return { count, first, box, onlyUnderAlpha0 };
}

/**
 * Returns a mask of the pixels that differ between two frames, one byte each, row by row: 1 if they differ, else 0.
 *
 * @throws {RangeError} if the frames have different sizes.
 */
export function differenceMask(a: Frame, b: Frame): Uint8Array {
  checkSizes(a, b);
  const mask = new Uint8Array(a.width * a.height);
  const { words } = pixelsOf(a);
  const others = pixelsOf(b).words;
  for (let i = 0; i < mask.length; i++) mask[i] = words[i] === others[i] ? 0 : 1;
  return mask;
}

/** True if each pixel of `small` is a square of `factor` × `factor` equal pixels of `large`. */
function isEnlarged(large: Pixels, small: Pixels, factor: number): boolean {
  for (let y = 0, i = 0; y < large.height; y++) {
    const row = Math.floor(y / factor) * small.width;
    for (let x = 0; x < large.width; x++, i++) {
      if (large.words[i] !== small.words[row + Math.floor(x / factor)]) return false;
    }
  }
  return true;
}

/** Returns the first place, row by row, at which `small` is a part of `large`; undefined if the search finds none. */
function findPart(large: Pixels, small: Pixels): { readonly x: number; readonly y: number } | undefined {
  const pixels = small.words.length;
  let comparisons = 0;
  for (let y = 0; y + small.height <= large.height; y++) {
    for (let x = 0; x + small.width <= large.width; x++) {
      let i = 0;
      let column = 0;
      let at = y * large.width + x;
      while (i < pixels && small.words[i] === large.words[at]) {
        i++;
        at++;
        if (++column === small.width) {
          column = 0;
          at += large.width - small.width;
        }
      }
      if (i === pixels) return { x, y };
      comparisons += i + 1;
      if (comparisons > MAX_COMPARISONS) return undefined;
    }
  }
  return undefined;
}

/** Returns the relation of a picture to what a program draws. `difference` is that of the two, if their sizes are equal. */
export function relate(picture: Frame, drawn: Frame, difference: Difference | undefined): Relation {
  const [across, down] = [picture.width / drawn.width, picture.height / drawn.height];
  if (across === 1 && down === 1) return { kind: difference === undefined ? "equal" : "different" };
  const [ours, theirs] = [pixelsOf(picture), pixelsOf(drawn)];
  if (across === down && Number.isInteger(across) && isEnlarged(ours, theirs, across)) {
    return { kind: "enlarged", factor: across };
  }
  const part = across <= 1 && down <= 1 ? findPart(theirs, ours) : undefined;
  if (part !== undefined) return { kind: "part", ...part };
  const place = across >= 1 && down >= 1 ? findPart(ours, theirs) : undefined;
  return place === undefined ? { kind: "unrelated" } : { kind: "extended", ...place };
}

/** Returns the differing pixels in words, such as `3 of 100 pixels differ, the first at (1, 2)`. */
function describeDifference({ width, height }: Frame, difference: Difference): string {
  const { count, first, box, onlyUnderAlpha0 } = difference;
  const where = count > 1 ? `, all within ${box.width}×${box.height} pixels at (${box.x}, ${box.y})` : "";
  const hidden = onlyUnderAlpha0
    ? "; all of them have alpha 0 in both, so only invisible colours differ"
    : "";
  return `${count} of ${width * height} pixels differ, the first at (${first.x}, ${first.y})${where}${hidden}`;
}

/** Returns the relation as a sentence. */
export function describeRelation(
  picture: Frame,
  drawn: Frame,
  relation: Relation,
  difference: Difference | undefined,
): string {
  const size = `${drawn.width}×${drawn.height} pixels`;
  switch (relation.kind) {
    case "equal":
      return "The program draws exactly these pixels.";
    case "enlarged":
      return `The picture is an exact copy of what the program draws, enlarged ${relation.factor}×.`;
    case "part":
      return `The picture is an exact part of what the program draws, ${size}: that at (${relation.x}, ${relation.y}).`;
    case "extended":
      return `The picture contains an exact copy of what the program draws, ${size}, at (${relation.x}, ${relation.y}).`;
    default:
      return difference === undefined
        ? `The program draws ${size}, but the picture has ${picture.width}×${picture.height}.`
        : `The program draws another picture: ${describeDifference(picture, difference)}.`;
  }
}
