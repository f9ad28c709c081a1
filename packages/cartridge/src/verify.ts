import { platform } from "#platform";
import { findDisplayChunks } from "./canonical.ts";
import { type BytesLike, bytesOf } from "./bytes.ts";
import { decodePixels, matchesChecksum } from "./decode.ts";
import { composeFrames } from "./compose.ts";
import { SIGNATURE_BYTES } from "./chunk.ts";
import { sha256OfAll } from "./encode-animation.ts";
import { readAnimation } from "./frame-control.ts";
import { compareFrames, describeRelation, relate } from "./difference.ts";
import { drawProgram } from "./draw.ts";
import { DEFAULT_BACKGROUND, NEWEST_LANGUAGE } from "./drawing-record.ts";
import { CartridgeError } from "./errors.ts";
import { renderLimits, resolveLimits } from "./limits.ts";
import { isCartridge, readMetadata } from "./metadata.ts";
import { checkOptions, checkSignal, checkString, copyPlainObject, describeValue } from "./options.ts";
import { readStructure } from "./structure.ts";
import type {
  Animation,
  CartridgeMetadata,
  DisplayObstacle,
  DrawingRecord,
  Frame,
  RecordedAnimation,
  RenderRequest,
  Verification,
  VerificationStatus,
  VerifyOptions,
} from "./types.ts";

/** The pictures of a file. */
interface Pictures {
  /** The picture; of an animation, frame 0. */
  readonly frame: Frame<ArrayBuffer>;
  /** Undefined for a still picture. */
  readonly recorded: RecordedAnimation | undefined;
  /** Frames of the record that the file has; 1 for a still picture. */
  readonly count: number;
  /** Returns the frames. Each step may change the pixels of the step before. */
  readonly all: () => AsyncIterable<Frame<ArrayBuffer>> | Iterable<Frame<ArrayBuffer>>;
}

/** The relation of the pictures to what a program draws. */
interface Comparison extends Pick<
  Verification,
  "explanation" | "drawn" | "difference" | "relation" | "cause"
> {
  /** The picture that was compared last, if it is not frame 0. */
  readonly frame?: Frame<ArrayBuffer>;
  readonly frameNumber: number;
  /** True if the program draws exactly these pictures, in the animation of the record. */
  readonly isProved: boolean;
}

interface Verdict extends Comparison {
  readonly status: VerificationStatus;
}

type Canvas = Pick<DrawingRecord, "width" | "height" | "background" | "params" | "limits" | "animation">;

const NOT_COMPARED = {
  drawn: undefined,
  difference: undefined,
  relation: undefined,
  cause: undefined,
  frameNumber: 0,
  isProved: false,
} as const;

function verdict(status: VerificationStatus, explanation: string): Verdict {
  return { status, explanation, ...NOT_COMPARED };
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

function describeAnimation({ frames, delayMs }: Animation): string {
  return `${frames} frame${frames === 1 ? "" : "s"} of ${delayMs} ms`;
}

/** Returns the reason why a program cannot have drawn the animation of the record; undefined if it can, or there is none. */
function findAnimationProblem(recorded: Animation | undefined, { animation }: Frame): string | undefined {
  if (recorded === undefined) return undefined;
  const claim = `The record states an animation of ${describeAnimation(recorded)}`;
  if (animation === undefined) {
    return `${claim}, but the program has no FRAMES: it draws one still picture.`;
  }
  return animation.frames === recorded.frames && animation.delayMs === recorded.delayMs
    ? undefined
    : `${claim}, but the program draws ${describeAnimation(animation)}.`;
}

/** Milliseconds of work after which the thread is given to others, such as the timer of a signal. */
const TURN_MS = 50;

/** Draws a program on its canvas and compares it with the pictures, up to the first that differs. */
async function compare(
  pictures: Pictures,
  program: string,
  canvas: Canvas,
  options: VerifyOptions,
): Promise<Comparison> {
  const { width, height, background, params } = canvas;
  const { frame, count, recorded } = pictures;
  const limits = renderLimits(frame.width * frame.height, options.renderLimits, count);
  // A canvas of another size cannot equal the picture. One of its size is drawn: the renderer reports the limit as an error.
  const canEqual = width === frame.width && height === frame.height;
  if (!canEqual && width * height > limits.pixels) {
    const sizes = `${width}×${height} pixels, more than the ${limits.pixels} of renderLimits.pixels`;
    return { ...NOT_COMPARED, explanation: `The program was not drawn: its canvas has ${sizes}.` };
  }
  const request = { width, height, background, params, limits };
  let first: Comparison | undefined;
  let frameNumber = 0;
  let turn = performance.now();
  for await (const picture of pictures.all()) {
    const numbered = recorded === undefined ? request : { ...request, frame: frameNumber };
    const found = await compareOne(picture, program, numbered, canvas, options);
    if (!found.isProved && frameNumber > 0) {
      const copy = { width: frame.width, height: frame.height, data: picture.data.slice() };
      const explanation = `Frame ${frameNumber}: ${found.explanation}`;
      return { ...found, explanation, frame: copy, frameNumber };
    }
    // Equal pixels, so that the drawn frame need not be held.
    const drawn = found.drawn && found.isProved ? { ...found.drawn, data: frame.data } : found.drawn;
    first ??= { ...found, drawn: recorded === undefined ? found.drawn : drawn };
    if (!found.isProved || ++frameNumber === count) break;
    if (performance.now() - turn > TURN_MS) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve);
      });
      options.signal?.throwIfAborted();
      turn = performance.now();
    }
  }
  const result = first as Comparison;
  return result.isProved && count > 1
    ? { ...result, explanation: `The program draws exactly these ${count} frames.` }
    : result;
}

/** Draws one frame and compares it with the picture. */
async function compareOne(
  frame: Frame<ArrayBuffer>,
  program: string,
  request: RenderRequest,
  canvas: Canvas,
  options: VerifyOptions,
): Promise<Comparison> {
  const result = await drawProgram(options.render, program, request, canvas.limits, options.signal);
  const { drawn, cause } = result;
  if (drawn === undefined) {
    return { ...NOT_COMPARED, explanation: `The program failed: ${result.reason}`, cause };
  }
  const isSameSize = drawn.width === frame.width && drawn.height === frame.height;
  const difference = isSameSize ? compareFrames(frame, drawn) : undefined;
  const relation = relate(frame, drawn, difference);
  const problem = findAnimationProblem(canvas.animation, drawn);
  return {
    explanation: problem ?? describeRelation(frame, drawn, relation, difference),
    drawn,
    difference,
    relation,
    cause,
    frameNumber: 0,
    isProved: relation.kind === "equal" && problem === undefined,
  };
}

/** Adds a comparison to a verdict that does not depend on it: an error of the renderer is only reported. */
async function withComparison(
  base: Verdict,
  pictures: Pictures,
  found: { readonly program: string; readonly canvas: Canvas } | undefined,
  options: VerifyOptions,
): Promise<Verdict> {
  if (found === undefined) return base;
  try {
    const comparison = await compare(pictures, found.program, found.canvas, options);
    return { ...base, ...comparison, explanation: `${base.explanation} ${comparison.explanation}` };
  } catch (cause) {
    if (!(cause instanceof CartridgeError)) throw cause;
    const explanation = `${base.explanation} The program was not drawn: ${cause.message}.`;
    return { ...base, explanation, cause };
  }
}

function still(frame: Frame<ArrayBuffer>): Pictures {
  return { frame, recorded: undefined, count: 1, all: () => [frame] };
}

/** Compares a picture without a claim with the program of the caller. Errors of the renderer are thrown. */
async function withOffered(
  base: Verdict,
  frame: Frame<ArrayBuffer>,
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
    animation: undefined,
  };
  const comparison = await compare(still(frame), program, canvas, options);
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
  pictures: Pictures,
  metadata: CartridgeMetadata | undefined,
  obstacles: readonly DisplayObstacle[],
  options: VerifyOptions,
): Promise<Verdict> {
  const { frame } = pictures;
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
  const alteration = matches
    ? await findAlteration(pictures)
    : "The pixels do not match the checksum: the picture or the checksum was altered.";
  options.signal?.throwIfAborted();
  if (alteration !== undefined) {
    const base = verdict("checksum-mismatch", alteration);
    const isKnown = "program" in found && !isNewer(found.record);
    const program = isKnown ? canvasOf(found.record, found.program) : undefined;
    return withComparison(base, pictures, program, options);
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
  const comparison = await compare(pictures, found.program, found.record, options);
  if (!comparison.isProved) {
    const { width, height } = found.record;
    const isSameSize = width === frame.width && height === frame.height;
    const sizes = `${width}×${height} pixels, but the picture has ${frame.width}×${frame.height}`;
    const relation = comparison.relation?.kind === "unrelated" ? "" : ` ${comparison.explanation}`;
    const explanation = isSameSize
      ? comparison.explanation
      : `The program was recorded for ${sizes}.${relation}`;
    return { ...comparison, status: "not-reproducible", explanation };
  }
  return { ...comparison, status: obstacles.length > 0 ? "not-canonical" : "verified" };
}

/** Returns the reason why the frames are not those of the record; undefined if they are, or there is one picture. */
async function findAlteration({ recorded, count, all }: Pictures): Promise<string | undefined> {
  if (recorded === undefined) return undefined;
  if (count < recorded.frames) {
    return `The file has ${count} of the ${recorded.frames} frames that its record states: frames were removed, or the record was altered.`;
  }
  const digests: string[] = [];
  for await (const { data } of all()) {
    digests.push(await platform.sha256(data));
    if (digests.length === count) break;
  }
  return (await sha256OfAll(digests)) === recorded.sha256
    ? undefined
    : "The frames do not match the SHA-256 of the record: a frame or the record was altered.";
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
  { explanation, isProved }: Comparison,
  obstacles: readonly DisplayObstacle[],
  shades: readonly DisplayObstacle[],
  missing: readonly DisplayObstacle[],
): string {
  const remedy = "gvpie canonicalize in.png -o out.png";
  if (!isProved) return explanation;
  const drawn = `${explanation}${missing.map(({ reason }) => ` Note that ${reason}.`).join("")}`;
  if (obstacles.length > 0) {
    return `${drawn} But viewers can show others, because of ${listChunks(obstacles)}. Rewrite the file: ${remedy}`;
  }
  if (shades.length === 0) return drawn;
  return `${drawn} Note on ${listChunks(shades)}. This removes it: ${remedy}`;
}

/** Returns the remark on a picture whose program draws more frames than the file has. */
function findMissingFrames(drawn: Frame | undefined): readonly DisplayObstacle[] {
  const frames = drawn?.animation?.frames;
  if (frames === undefined) return [];
  const reason = `the picture is frame 0 of the program's ${frames}, and the file has no others`;
  return [{ chunk: "IHDR", offset: SIGNATURE_BYTES, reason }];
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
  const recorded = metadata?.gvpie?.animation;
  const animation = recorded && readAnimation(file, structure, limits);
  const frame = await decodePixels(structure);
  options.signal?.throwIfAborted();
  const display = await findDisplayChunks(file, structure, frame, animation && { ...animation, recorded });
  const { obstacles } = display;
  const pictures: Pictures =
    recorded !== undefined && animation !== undefined
      ? {
          frame,
          recorded,
          count: Math.min(animation.frames.length, recorded.frames),
          all: () => composeFrames(structure, animation),
        }
      : still(frame);
  const { isProved, ...found } = await judge(pictures, metadata, obstacles, options);
  const missing = isProved && animation === undefined ? findMissingFrames(found.drawn) : [];
  const remarks = [...missing, ...display.remarks];
  const explanation = explainDisplay({ ...found, isProved }, obstacles, display.remarks, missing);
  return { frame, ...found, explanation, metadata, obstacles, remarks };
}
