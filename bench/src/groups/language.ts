import { parseProgram } from "@gvpie/pxl-parser";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { type CanvasPeer, canvasPeers } from "../canvas-peers.ts";
import type { Contender, Race } from "../harness.ts";

/** Programs of version 2: frames, a dither pixel by pixel, and expressions beside the opcodes of version 1. */
export async function* languageRaces(): AsyncGenerator<Race> {
  yield framesRace(await canvasPeers());
  yield ditherRace();
  yield expressionRace();
}

/** Frames of an animation: a text that moves over a panel. */
const FRAMES = 100;
const [FRAME_WIDTH, FRAME_HEIGHT] = [128, 64];
const SCROLLER = [
  `FRAMES ${FRAMES} 40`,
  "COLOR #f80",
  "RECT 0 0 128 1",
  "RECT 0 63 128 1",
  "TXT 4 4 NEWS",
  "COLOR white",
  "TXT {128 - frame*3} 30 a text that moves across the panel",
].join("\n");

/** The frames of an animation beside a canvas that draws the same, and beside renders one by one. */
function framesRace(peers: readonly CanvasPeer[]): Race {
  const program = parseProgram(SCROLLER);
  const into = new Uint8ClampedArray(FRAME_WIDTH * FRAME_HEIGHT * 4);
  const words = new Uint32Array(FRAME_WIDTH * FRAME_HEIGHT);
  const all = async (options: { readonly into?: Uint8ClampedArray }): Promise<number> => {
    let count = 0;
    for await (const frame of renderFrames(program, options)) count += frame.data.length;
    return count;
  };
  const theirs = peers.map(({ name, prepare }): Contender => {
    // The canvas knows no variables: each frame is a program of its own.
    const canvases = Array.from({ length: FRAMES }, (_, frame) =>
      prepare(
        parseProgram(SCROLLER.replace(/^FRAMES.*\n/, "").replace("{128 - frame*3}", String(128 - frame * 3))),
        FRAME_WIDTH,
        FRAME_HEIGHT,
      ),
    );
    return {
      name: `${name}, frames read out`,
      role: "peer",
      run: () => canvases.map((c) => c.drawAndRead().length),
    };
  });
  return {
    id: "language/frames",
    title: `${FRAMES} frames of 128×64, a text that moves over a panel`,
    contenders: [
      { name: "renderFrames, reused frame", role: "ours", run: () => all({ into }) },
      { name: "renderFrames, fresh frames", role: "ours", run: () => all({}) },
      {
        name: "renderProgram for each frame, reused frame",
        role: "ours",
        run: () =>
          Array.from({ length: FRAMES }, (_, frame) => renderProgram(program, { frame, into }).width),
      },
      ...theirs,
      {
        name: "Uint32Array.fill for each frame",
        role: "floor",
        run: () => Array.from({ length: FRAMES }, () => words.fill(0xff000000).length),
      },
    ],
  };
}

const [DITHER_WIDTH, DITHER_HEIGHT] = [400, 300];
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
/** Within the default fuel. */
const DITHER = [
  `CANVAS ${DITHER_WIDTH} ${DITHER_HEIGHT}`,
  `LIST bayer ${BAYER.join(" ")}`,
  `FOR y 0 ${DITHER_HEIGHT - 1}`,
  "  SET row y % 4 * 4",
  `  FOR x 0 ${DITHER_WIDTH - 1}`,
  "    IF x > bayer[row + x % 4] * 25",
  "      PIX x y",
  "    END",
  "  NEXT",
  "NEXT",
].join("\n");

/** An ordered dither of a gradient, each pixel an expression, beside the same loop in JavaScript. */
function ditherRace(): Race {
  const program = parseProgram(DITHER);
  const into = new Uint8ClampedArray(DITHER_WIDTH * DITHER_HEIGHT * 4);
  const words = new Uint32Array(DITHER_WIDTH * DITHER_HEIGHT);
  const dither = (): Uint32Array => {
    for (let y = 0; y < DITHER_HEIGHT; y++) {
      for (let x = 0; x < DITHER_WIDTH; x++) {
        const isLit = x > (BAYER[(y % 4) * 4 + (x % 4)] as number) * 25;
        words[y * DITHER_WIDTH + x] = isLit ? 0xffffffff : 0xff000000;
      }
    }
    return words;
  };
  const { data } = renderProgram(program);
  if (!Buffer.from(data).equals(Buffer.from(dither().buffer))) throw new Error("the dithers differ");
  return {
    id: "language/dither",
    title: `a Bayer dither of ${DITHER_WIDTH}×${DITHER_HEIGHT}, an expression for each pixel`,
    contenders: [
      {
        name: "drawing alone, reused frame",
        role: "ours",
        run: () => renderProgram(program, { into }),
      },
      { name: "the loop in JavaScript", role: "floor", run: dither },
    ],
  };
}

const TURNS = 10_000;
const EXPRESSIONS = [
  "SET sum 0",
  `FOR i 1 ${TURNS}`,
  "  SET sum (sum * 31 + i * i % 7) % 1009",
  "NEXT",
  "PIX sum%128 0",
].join("\n");
const OPCODES = [
  "SET sum 0",
  "SET i 1",
  "loop:",
  "SET square {i}",
  "MUL square {i}",
  "MOD square 7",
  "MUL sum 31",
  "ADD sum {square}",
  "MOD sum 1009",
  "ADD i 1",
  `IF {i} <= ${TURNS} loop`,
  "MOD sum 128",
  "PIX {sum} 0",
].join("\n");

/** A loop with expressions beside the same calculation by the opcodes of version 1, and in JavaScript. */
function expressionRace(): Race {
  const into = new Uint8ClampedArray(128 * 64 * 4);
  const [expressions, opcodes] = [parseProgram(EXPRESSIONS), parseProgram(OPCODES)];
  const calculate = (): number => {
    let sum = 0;
    for (let i = 1; i <= TURNS; i++) sum = (sum * 31 + ((i * i) % 7)) % 1009;
    return sum;
  };
  const lit = (calculate() % 128) * 4;
  for (const program of [expressions, opcodes]) {
    if (renderProgram(program).data[lit] !== 255) throw new Error("the calculations differ");
  }
  return {
    id: "language/expressions",
    title: `${TURNS.toLocaleString("en")} turns of a loop with five operators`,
    contenders: [
      { name: "expressions", role: "ours", run: () => renderProgram(expressions, { into }) },
      { name: "opcodes of version 1", role: "ours", run: () => renderProgram(opcodes, { into }) },
      { name: "the loop in JavaScript", role: "floor", run: calculate },
    ],
  };
}
