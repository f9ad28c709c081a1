import type { Frame, Rasterizer } from "../types.ts";
import { crc32 } from "./crc32.ts";
import { colorAt, DEFAULT_LEGEND, frameToText } from "./text.ts";
import type { Legend, RasterCase } from "./types.ts";

/** Most pixels of a frame that a message shows as text. */
const MAX_SHOWN = 128 * 64;

/**
 * Renders one case, into a new frame and into a used buffer at an odd address, and compares byte for byte.
 *
 * @throws {Error} if they differ; its message shows small frames as text, side by side.
 */
export async function assertConforms(raster: Rasterizer, testCase: RasterCase): Promise<void> {
  const { name, source, width, height, background, params, expected } = testCase;
  const options = { width, height, background, params };
  if ("error" in expected) {
    const outcome = await raster.render(source, options).then(
      () => "a frame",
      (error: unknown) => errorCode(error),
    );
    if (outcome !== expected.error) throw new Error(`${name}: expected ${expected.error}, got ${outcome}`);
    return;
  }

  const frame = await raster.render(source, options);
  if (frame.width !== width || frame.height !== height || frame.data.length !== width * height * 4) {
    const found = `${frame.width}×${frame.height} with ${frame.data.length} bytes`;
    throw new Error(`${name}: expected a frame of ${width}×${height}, got ${found}`);
  }
  if ("rows" in expected) {
    assertRows(frame, expected.rows, expected.legend ?? DEFAULT_LEGEND, name);
  } else if (crc32(frame.data) !== expected.crc32) {
    throw new Error(`${name}: expected a frame with CRC-32 ${expected.crc32}, got ${crc32(frame.data)}`);
  }

  const margin = 5;
  const memory = new Uint8ClampedArray(frame.data.length + 2 * margin).fill(0xa5);
  const into = memory.subarray(margin, margin + frame.data.length);
  const again = await raster.render(source, { ...options, into });
  if (again.data !== into) {
    throw new Error(`${name}: expected the frame's data to be \`into\`, got another buffer`);
  }
  assertSameFrame(again, frame, `${name}, rendered into a used buffer`);
  const outside = [...memory.subarray(0, margin), ...memory.subarray(-margin)];
  if (outside.some((byte) => byte !== 0xa5)) {
    throw new Error(`${name}: expected writes inside \`into\`, got some outside`);
  }
}

/**
 * Compares two frames byte for byte.
 *
 * @param what start of the message, such as the name of a case or the seed of a program.
 * @throws {Error} if they differ; its message names the number of wrong pixels and the first, and shows small frames.
 */
export function assertSameFrame(found: Frame, expected: Frame, what: string): void {
  if (found.width !== expected.width || found.height !== expected.height) {
    const sizes = `${expected.width}×${expected.height}, got ${found.width}×${found.height}`;
    throw new Error(`${what}: expected a frame of ${sizes}`);
  }
  const wrong: number[] = [];
  for (let at = 0; at < expected.data.length; at++) {
    if (found.data[at] === expected.data[at]) continue;
    wrong.push(at >>> 2);
    at |= 3;
  }
  const [first] = wrong;
  if (first === undefined) return;
  const x = first % expected.width;
  const y = Math.floor(first / expected.width);
  const colors = `expected ${colorAt(expected, x, y)}, got ${colorAt(found, x, y)}`;
  const summary = `${what}: ${wrong.length} pixels differ, the first at x ${x}, y ${y}: ${colors}`;
  if (expected.width * expected.height > MAX_SHOWN) throw new Error(summary);
  const legend = legendOf(expected);
  throw new Error(`${summary}\n${sideBySide(frameToText(expected, legend), frameToText(found, legend))}`);
}

function assertRows(frame: Frame, rows: readonly string[], legend: Legend, what: string): void {
  const found = frameToText(frame, legend);
  const wrong = rows.findIndex((row, y) => row !== found[y]);
  if (wrong === -1) return;
  const x = (rows[wrong] ?? "").split("").findIndex((character, x) => character !== found[wrong]?.[x]);
  const first = `x ${x}, y ${wrong}, is ${colorAt(frame, x, wrong)}`;
  throw new Error(`${what}: the first wrong pixel, at ${first}\n${sideBySide(rows, found)}`);
}

function sideBySide(expected: readonly string[], found: readonly string[]): string {
  const width = Math.max(expected[0]?.length ?? 0, "expected".length) + 2;
  const lines = expected.map((row, y) => row.padEnd(width) + (found[y] ?? ""));
  return ["expected".padEnd(width) + "found", ...lines].join("\n");
}

/** Returns a legend of the colours of a frame: `.` for the first, then `#` and letters. */
function legendOf(frame: Frame): Legend {
  const legend: Record<string, string> = {};
  const free = ".#abcdefghijklmnopqrstuvwxyz".split("");
  const named = new Set<string>();
  for (let i = 0; i < frame.width * frame.height && free.length > 0; i++) {
    const color = colorAt(frame, i % frame.width, Math.floor(i / frame.width));
    if (named.has(color)) continue;
    named.add(color);
    legend[free.shift() ?? ""] = color;
  }
  return legend;
}

function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return `an error without a code: ${String(error)}`;
}
