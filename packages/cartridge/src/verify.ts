import { platform } from "#platform";
import { decodePixels, matchesChecksum } from "./decode.ts";
import { renderLimits, resolveLimits } from "./limits.ts";
import { readMetadata } from "./metadata.ts";
import { readStructure } from "./structure.ts";
import type {
  CartridgeMetadata,
  DrawingRecord,
  Frame,
  Verification,
  VerificationStatus,
  VerifyOptions,
} from "./types.ts";

interface Verdict {
  readonly status: VerificationStatus;
  readonly explanation: string;
  readonly cause?: unknown;
}

/** Describes the pixels that differ; undefined if none does. */
function describeDifference(expected: Frame, actual: Frame): string | undefined {
  const { width, height } = expected;
  if (actual.width !== width || actual.height !== height || actual.data.length !== expected.data.length) {
    return `it has ${actual.width}×${actual.height} pixels, expected ${width}×${height}`;
  }
  let count = 0;
  let first = -1;
  for (let i = 0; i < width * height; i++) {
    const at = i * 4;
    if (
      expected.data[at] !== actual.data[at] ||
      expected.data[at + 1] !== actual.data[at + 1] ||
      expected.data[at + 2] !== actual.data[at + 2] ||
      expected.data[at + 3] !== actual.data[at + 3]
    ) {
      count++;
      first = first < 0 ? i : first;
    }
  }
  const place = `(${first % width}, ${Math.floor(first / width)})`;
  return count === 0 ? undefined : `${count} of ${width * height} pixels differ, the first at ${place}`;
}

/** Returns the program to draw again, or the reason why it is missing. */
async function findProgram(
  record: DrawingRecord | undefined,
  offered: string | undefined,
): Promise<{ readonly record: DrawingRecord; readonly program: string } | { readonly missing: string }> {
  if (record?.program !== undefined) return { record, program: record.program };
  const hash = record?.programSha256;
  if (record === undefined || hash === undefined) return { missing: "the file carries no program" };
  if (offered === undefined) {
    return { missing: `the program was too long to be saved: pass the one with SHA-256 ${hash} as program` };
  }
  if ((await platform.sha256(new TextEncoder().encode(offered))) !== hash) {
    return { missing: `expected the program with SHA-256 ${hash}, got another` };
  }
  return { record, program: offered };
}

async function drawAgain(
  frame: Frame,
  record: DrawingRecord,
  program: string,
  { render, renderLimits: given }: VerifyOptions,
): Promise<Verdict> {
  const { width, height, background, params } = record;
  const status = "not-reproducible";
  if (width !== frame.width || height !== frame.height) {
    const sizes = `${width}×${height} pixels, but the picture has ${frame.width}×${frame.height}`;
    return { status, explanation: `The program was recorded for ${sizes}.` };
  }
  let drawn: Frame;
  try {
    const limits = renderLimits(width * height, given);
    drawn = await render(program, { width, height, background, params, limits });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { status, explanation: `The program failed: ${reason}`, cause };
  }
  const difference = describeDifference(frame, drawn);
  return difference === undefined
    ? { status: "verified", explanation: "The program draws exactly these pixels." }
    : { status, explanation: `The program draws another picture: ${difference}.` };
}

async function judge(
  frame: Frame,
  metadata: CartridgeMetadata | undefined,
  options: VerifyOptions,
): Promise<Verdict> {
  if (metadata?.checksum === undefined) {
    const explanation =
      "The file carries no checksum: it was not a cartridge, or an editor removed its texts.";
    return { status: "stripped", explanation };
  }
  if (!(await matchesChecksum(frame, metadata.checksum))) {
    const explanation = "The pixels do not match the checksum: the picture was altered.";
    return { status: "checksum-mismatch", explanation };
  }
  const found = await findProgram(metadata.gvpie, options.program);
  if ("missing" in found) {
    const explanation = `The pixels match the checksum, but ${found.missing}.`;
    return { status: "no-program", explanation };
  }
  return drawAgain(frame, found.record, found.program, options);
}

/**
 * Checks that a cartridge's pixels match its checksum and that its program draws exactly these pixels.
 *
 * This proves that picture and program belong together. It does not prove their author or date: a person who changes both
 * can compute a new checksum.
 *
 * If `render` throws, the status is `not-reproducible` with the error as `cause`.
 *
 * @throws {CartridgeError} on an invalid PNG or invalid metadata.
 */
export async function verifyCartridge(bytes: Uint8Array, options: VerifyOptions): Promise<Verification> {
  const limits = resolveLimits(options.limits);
  const structure = readStructure(bytes, limits);
  const metadata = readMetadata(structure, limits);
  const frame = await decodePixels(structure);
  const undrawn = { drawn: undefined, difference: undefined, relation: undefined, cause: undefined };
  return { ...undrawn, obstacles: [], ...(await judge(frame, metadata, options)), frame, metadata };
}
