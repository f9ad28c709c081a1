import { golden } from "./case.ts";
import { randomVersion1Program, randomVersion2Program } from "./random.ts";
import type { RasterCase } from "./types.ts";

/** Sides of the box in which shapes overlap. */
const CELL = 16;

/** One drawing of each opcode of language version 1, most of which overlap. Others would change the checksums. */
const VERSION_1_DRAWINGS: Readonly<Record<string, string>> = {
  CLEAR: "CLEAR",
  RECT: "RECT 2 3 9 8",
  BOX: "BOX 1 4 14 7",
  PIX: "PIX 5 5",
  LINE: "LINE -3 1 18 12",
  CIRCLE: "CIRCLE 7 7 5",
  DISC: "DISC 9 8 6",
  SPRITE: "SCALE 3\nSPRITE 2 2 4 4 9 6 f d\nSCALE 1",
  TXT: "SCALE 2\nTXT 3 1 A\nSCALE 1",
};

/** The same of version 2. */
const VERSION_2_DRAWINGS: Readonly<Record<string, string>> = {
  TRI: "TRI 1 2 15 6 4 14",
  POLY: "POLY 8 0 12 14 0 5 15 5 4 14",
  ARC: "ARC 8 8 7 4 -30 250",
  FILL: "FILL 2 1 12 13 #ff400099 #1080ff70 down",
  IMAGE: `SCALE 2\nIMAGE 1 2 6 5 a=#ff8040a0 b=#2040ff60\n| ..aa..\n| .abba.\n| abbbba\n| .abba.\n| ..aa..\nSCALE 1`,
  "rounded RECT": "RECT 2 3 11 9 4",
  "rounded BOX": "BOX 1 1 14 12 5",
  PRINT: "FONT 8x13-intl\nPRINT 1 2 \u{416}g\nFONT 5x7",
  WRAP: "FONT 3x5\nWRAP 1 2 14 12 Wrapped text\nFONT 5x7",
};

/** One opcode under each of several others, in two translucent colours. */
function pairsOf(
  below: Readonly<Record<string, string>>,
  above: Readonly<Record<string, string>>,
  name: string,
): RasterCase[] {
  return Object.entries(below).map(([opcode, drawing]) => {
    const cells = Object.values(above).map((other, i) =>
      [
        `ORIGIN ${i * CELL} 0`,
        `CLIP 0 0 ${CELL} ${CELL}`,
        "COLOR #ff400099",
        drawing,
        "COLOR #1080ff70",
        other,
      ].join("\n"),
    );
    return golden(`${opcode} under ${name}`, cells.length * CELL, CELL, cells.join("\n"), "#20402080");
  });
}

const pairs = pairsOf(VERSION_1_DRAWINGS, VERSION_1_DRAWINGS, "every opcode");

/** Four layers that all overlap, three of them translucent. */
const LAYERS: Readonly<Record<string, string>> = {
  red: "COLOR #ff0000aa\nRECT 1 2 17 11",
  green: "COLOR #00ff0066\nDISC 15 10 9",
  blue: "COLOR #0000ffcc\nSCALE 2\nTXT 3 4 Ag\nSCALE 1",
  white: "COLOR white\nLINE 0 15 23 3",
};

const orders = permute(Object.keys(LAYERS)).map((order) =>
  golden(order.join(" under "), 24, 20, order.map((layer) => LAYERS[layer]).join("\n"), "#30303040"),
);

/** Backgrounds of every kind of alpha. */
const BACKGROUNDS = ["#c08040ff", "#c08040fe", "#c0804080", "#c0804001", "#c0804000"];

/** Every kind of alpha over each background, once and twice. */
const alphas = BACKGROUNDS.map((background) => {
  const drawings = `RECT 1 1 10 9\nDISC 9 9 5\nSCALE 2\nTXT 3 1 A\nSPRITE 8 10 4 2 9 6\nSCALE 1
BOX 0 0 16 16\nLINE 0 15 15 0\nCIRCLE 7 7 6\nPIX 7 7`;
  const cells = ["00", "01", "02", "7f", "80", "fe", "ff"].map(
    (alpha, i) => `ORIGIN ${i * CELL} 0\nCOLOR #2060f0${alpha}\n${drawings}`,
  );
  return golden(`every alpha on ${background}`, cells.length * CELL, CELL, cells.join("\n"), background);
});

/** Scaled texts and sprites in every alignment, moved and cut by boxes that were set under other origins. */
const cuts = [1, 2, 3, 5].map((scale) => {
  const lines = [`SCALE ${scale}`];
  for (const [x, align] of [
    [-3, "left"],
    [40, "center"],
    [97, "right"],
  ] as const) {
    for (const [y, clip] of [
      [-4, "CLIP"],
      [17, "CLIP -2 -3 31 17"],
      [41, "CLIP 3 2 12 29"],
    ] as const) {
      lines.push(`ORIGIN ${x} ${y}`, clip, `ORIGIN ${x + 1} ${y - 2}`, `ALIGN ${align}`);
      lines.push("COLOR #ffe080b0", "TXT 1 3 Qg@", "COLOR #3080ff90", "SPRITE 2 1 9 5 ff8 808 aa8 808 ff8");
    }
  }
  return golden(`moved, cut and scaled by ${scale}`, 96, 64, lines.join("\n"), "#10305070");
});

const random = [21, 22, 23, 24, 25, 26].map((seed) => {
  const { source, width, height, background, params } = randomVersion1Program(seed, {
    sides: [129, 200, 257],
  });
  return { ...golden(`random drawing ${seed}`, width, height, source, background), params };
});

/** Colours that blend: every opcode over every other, layers in every order, every kind of alpha, and random programs. */
export const overlapCases: readonly RasterCase[] = [...pairs, ...orders, ...alphas, ...cuts, ...random];

/** The same with the opcodes of version 2, and random programs of it. */
export const version2OverlapCases: readonly RasterCase[] = [
  ...pairsOf(VERSION_1_DRAWINGS, VERSION_2_DRAWINGS, "the opcodes of version 2"),
  ...pairsOf(
    VERSION_2_DRAWINGS,
    { ...VERSION_1_DRAWINGS, ...VERSION_2_DRAWINGS },
    "the opcodes of both versions",
  ),
  ...[31, 32, 33, 34, 35, 36].map((seed) => {
    const { source, width, height, background, params } = randomVersion2Program(seed, {
      sides: [129, 200, 257],
    });
    return { ...golden(`random program of version 2, ${seed}`, width, height, source, background), params };
  }),
];

function permute<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value) =>
    permute(values.filter((other) => other !== value)).map((rest) => [value, ...rest]),
  );
}
