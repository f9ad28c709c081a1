import { platform } from "#platform";
import { findDisplayChunks } from "./canonical.ts";
import { type BytesLike, bytesOf } from "./bytes.ts";
import { decodePixels, matchesChecksum } from "./decode.ts";
import { compareFrames, describeRelation, relate } from "./difference.ts";
import { drawProgram } from "./draw.ts";
import { DEFAULT_BACKGROUND, NEWEST_LANGUAGE } from "./drawing-record.ts";
import { CartridgeError } from "./errors.ts";
import { renderLimits, resolveLimits } from "./limits.ts";
import { isCartridge, readMetadata } from "./metadata.ts";
import { checkOptions, checkSignal, checkString, copyPlainObject, describeValue } from "./options.ts";
import { readStructure } from "./structure.ts";
import type {
  CartridgeMetadata,
  DisplayObstacle,
  DrawingRecord,
  Frame,
  Verification,
  VerificationStatus,
  VerifyOptions,
} from "./types.ts";

type Verdict = Pick<Verification, "status" | "explanation" | "drawn" | "difference" | "relation" | "cause">;
type Comparison = Pick<Verdict, "explanation" | "drawn" | "difference" | "relation" | "cause">;
type Canvas = Pick<DrawingRecord, "width" | "height" | "background" | "params" | "limits">;

function verdict(status: VerificationStatus, explanation: string): Verdict {
  return {
    status,
    explanation,
    drawn: undefined,
    difference: undefined,
    relation: undefined,
    cause: undefined,
  };
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

/** Draws a program on its canvas and compares it with the picture. */
async function compare(
  frame: Frame,
  program: string,
  canvas: Canvas,
  options: VerifyOptions,
): Promise<Comparison> {
  const { width, height, background, params } = canvas;
  const nothing = { drawn: undefined, difference: undefined, relation: undefined, cause: undefined };
  const limits = renderLimits(frame.width * frame.height, options.renderLimits);
  // A canvas of another size cannot equal the picture. One of its size is drawn: the renderer reports the limit as an error.
  const canEqual = width === frame.width && height === frame.height;
  if (!canEqual && width * height > limits.pixels) {
    const sizes = `${width}×${height} pixels, more than the ${limits.pixels} of renderLimits.pixels`;
    return { ...nothing, explanation: `The program was not drawn: its canvas has ${sizes}.` };
  }
  const request = { width, height, background, params, limits };
  const result = await drawProgram(options.render, program, request, canvas.limits, options.signal);
  const { drawn, cause } = result;
  if (drawn === undefined) return { ...nothing, explanation: `The program failed: ${result.reason}`, cause };
  const isSameSize = drawn.width === frame.width && drawn.height === frame.height;
  const difference = isSameSize ? compareFrames(frame, drawn) : undefined;
  const relation = relate(frame, drawn, difference);
  return {
    explanation: describeRelation(frame, drawn, relation, difference),
    drawn,
    difference,
    relation,
    cause,
  };
}

/** Adds a comparison to a verdict that does not depend on it: an error of the renderer is only reported. */
async function withComparison(
  base: Verdict,
  frame: Frame,
  found: { readonly program: string; readonly canvas: Canvas } | undefined,
  options: VerifyOptions,
): Promise<Verdict> {
  if (found === undefined) return base;
  try {
    const comparison = await compare(frame, found.program, found.canvas, options);
    return { ...base, ...comparison, explanation: `${base.explanation} ${comparison.explanation}` };
  } catch (cause) {
    if (!(cause instanceof CartridgeError)) throw cause;
    const explanation = `${base.explanation} The program was not drawn: ${cause.message}.`;
    return { ...base, explanation, cause };
  }
}

/** Compares a picture without a claim with the program of the caller. Errors of the renderer are thrown. */
async function withOffered(
  base: Verdict,
  frame: Frame,
  record: DrawingRecord | undefined,
  options: VerifyOptions,
): Promise<Verdict> {
  const { program, drawing } = options;
  if (program === undefined) return base;
  const canvas: Canvas = {
    width: drawing?.width ?? record?.width ?? frame.width,
    height: drawing?.height ?? record?.height ?? frame.height,
    background: drawing?.background ?? record?.background ?? DEFAULT_BACKGROUND,
    params: drawing?.params ?? record?.params ?? {},
    limits: undefined,
  };
  const comparison = await compare(frame, program, canvas, options);
  const explanation = `${base.explanation} Compared with the given program: ${comparison.explanation}`;
  return { ...base, ...comparison, explanation };
}

function isNewer({ language }: DrawingRecord): boolean {
  return Number(language) > NEWEST_LANGUAGE;
}

function canvasOf(
  record: DrawingRecord,
  program: string,
): { readonly program: string; readonly canvas: Canvas } {
  return { program, canvas: record };
}

async function judge(
  frame: Frame,
  metadata: CartridgeMetadata | undefined,
  obstacles: readonly DisplayObstacle[],
  options: VerifyOptions,
): Promise<Verdict> {
  const record = metadata?.gvpie;
  const matches = metadata?.checksum !== undefined && (await matchesChecksum(frame, metadata.checksum));
  options.signal?.throwIfAborted();
  // A lone checksum that does not match is another program's: of the file, or of other bytes.
  if (metadata?.checksum === undefined || (!matches && !isCartridge(metadata))) {
    const explanation =
      metadata?.checksum === undefined
        ? "The file carries no checksum of a cartridge (64 hexadecimal digits): it was not one, or an editor removed its texts."
        : "The file's only text of a cartridge is a checksum that does not match: it is another program's, or an editor removed the other texts.";
    return withOffered(verdict("stripped", explanation), frame, record, options);
  }
  const found = await findProgram(record, options.program);
  if (!matches) {
    const base = verdict(
      "checksum-mismatch",
      "The pixels do not match the checksum: the picture or the checksum was altered.",
    );
    const isKnown = "program" in found && !isNewer(found.record);
    return withComparison(base, frame, isKnown ? canvasOf(found.record, found.program) : undefined, options);
  }
  if ("missing" in found) {
    const base = verdict("no-program", `The pixels match the checksum, but ${found.missing}.`);
    const isWrong = record?.programSha256 !== undefined;
    return isWrong ? base : withOffered(base, frame, record, options);
  }
  if (isNewer(found.record)) {
    return verdict(
      "needs-newer-language",
      `The pixels match the checksum. The program needs language ${found.record.language}, but this verifier knows only up to ${NEWEST_LANGUAGE}: it gives no verdict on the picture. Verify with a newer version.`,
    );
  }
  const comparison = await compare(frame, found.program, found.record, options);
  if (comparison.relation?.kind !== "equal") {
    const { width, height } = found.record;
    const isSameSize = width === frame.width && height === frame.height;
    const sizes = `${width}×${height} pixels, but the picture has ${frame.width}×${frame.height}`;
    const relation = comparison.relation?.kind === "unrelated" ? "" : ` ${comparison.explanation}`;
    const explanation = isSameSize
      ? comparison.explanation
      : `The program was recorded for ${sizes}.${relation}`;
    return { status: "not-reproducible", ...comparison, explanation };
  }
  return { status: obstacles.length > 0 ? "not-canonical" : "verified", ...comparison };
}

function listChunks(chunks: readonly DisplayObstacle[]): string {
  const [first] = chunks;
  if (first === undefined) return "";
  const more =
    chunks.length > 1
      ? `; and ${chunks
          .slice(1)
          .map(({ chunk, offset }) => `${chunk} at byte ${offset}`)
          .join(", ")}`
      : "";
  return `${first.chunk} at byte ${first.offset}: ${first.reason}${more}`;
}

/** Adds the chunks that matter to the display, if the picture equals what the program draws. */
function explainDisplay(
  { explanation, relation }: Verdict,
  obstacles: readonly DisplayObstacle[],
  remarks: readonly DisplayObstacle[],
): string {
  const remedy = "gvpie canonicalize in.png -o out.png";
  if (relation?.kind !== "equal") return explanation;
  if (obstacles.length > 0) {
    return `${explanation} But viewers can show others, because of ${listChunks(obstacles)}. Rewrite the file: ${remedy}`;
  }
  if (remarks.length === 0) return explanation;
  return `${explanation} Note on ${listChunks(remarks)}. This removes it: ${remedy}`;
}

/** The names of the options of a verification. */
export const VERIFY_OPTIONS: readonly string[] = [
  "render",
  "renderLimits",
  "program",
  "drawing",
  "limits",
  "signal",
];
const DRAWING = ["width", "height", "background", "params"];

function checkVerifyOptions(options: VerifyOptions): void {
  checkOptions("options", options, VERIFY_OPTIONS);
  const { render, renderLimits: given, program, drawing, signal } = options;
  if (typeof render !== "function") {
    throw new TypeError(
      `expected render as a function that draws a program, such as renderProgram of @gvpie/raster-cpu, got ${describeValue(render)}`,
    );
  }
  checkString("program", program);
  checkOptions("drawing", drawing, DRAWING);
  checkString("drawing.background", drawing?.background);
  if (drawing?.params !== undefined) copyPlainObject("drawing.params", drawing.params);
  for (const side of [drawing?.width, drawing?.height]) {
    if (side !== undefined && (!Number.isSafeInteger(side) || side < 1)) {
      throw new RangeError(`expected drawing with positive integer sides, got ${describeValue(side)}`);
    }
  }
  // A file that is not drawn hides no mistake.
  renderLimits(0, given);
  checkSignal(signal);
  signal?.throwIfAborted();
}

/**
 * Checks that a cartridge's pixels match its checksum, that its program draws exactly these pixels, and that the file is
 * canonical: that every viewer shows them.
 *
 * This proves that picture and program belong together. It does not prove their author or date: a person who changes both
 * can compute a new checksum.
 *
 * The status is about the file. An error is thrown if there is none: the file is unreadable, or the verifier cannot decide.
 *
 * @throws {CartridgeError} on an invalid PNG or invalid metadata; CARTRIDGE_VERIFIER_LIMIT if the renderer's limits ended the
 * drawing; CARTRIDGE_RENDER_FAILED, with the renderer's error as `cause`, if it failed for a reason other than the program.
 * @throws {TypeError} if `render` is not a function, `program` is not a string, or the name of an option is unknown.
 * @throws {RangeError} if a limit or a side is not an integer in its range.
 */
export async function verifyCartridge(bytes: BytesLike, options: VerifyOptions): Promise<Verification> {
  checkVerifyOptions(options ?? {});
  const limits = resolveLimits(options.limits);
  const file = bytesOf(bytes, limits);
  const structure = readStructure(file, limits);
  const metadata = readMetadata(structure, limits);
  const frame = await decodePixels(structure);
  options.signal?.throwIfAborted();
  const { obstacles, remarks } = await findDisplayChunks(file, structure, frame);
  const found = await judge(frame, metadata, obstacles, options);
  const explanation = explainDisplay(found, obstacles, remarks);
  return { ...found, explanation, frame, metadata, obstacles, remarks };
}
