// Animation chunks that break a rule or ask for too much are refused before anything is inflated.

import {
  type CartridgeError,
  type CartridgeErrorCode,
  decodeAnimation,
  decodePng,
  type PngLimits,
} from "@gvpie/cartridge";
import { deflateSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { platform } from "../src/platform.node.ts";
import { acTL, type ApngFrame, fcTL as control, fdAT } from "./support/apng-encoder.ts";
import { chunk, idat, IEND, ihdr, pngOf, type RawChunk, textChunk } from "./support/chunks.ts";

const HEADER = ihdr(2, 2, 1, 0);
const ROWS = deflateSync(Uint8Array.of(0, 0b01000000, 0, 0b10000000));
const PIXELS = chunk("IDAT", ROWS);

/** An fcTL of the whole canvas, with changes. */
function fcTL(sequence: number, changes: Partial<ApngFrame> = {}): RawChunk {
  const whole = { x: 0, y: 0, width: 2, height: 2, dispose: 0, blend: 0, delay: [1, 10] } as const;
  return control(sequence, { ...whole, ...changes });
}

function apng(...chunks: readonly RawChunk[]): Uint8Array {
  return pngOf([HEADER, ...chunks, IEND]);
}

const START = acTL(2, 0);
const SECOND = [fcTL(1), fdAT(2, ROWS)] as const;

type Case = [
  name: string,
  code: CartridgeErrorCode,
  bytes: Uint8Array,
  message: string,
  limits?: Partial<PngLimits>,
];

const CASES: readonly Case[] = [
  [
    "two acTL",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, START, fcTL(0), PIXELS, ...SECOND),
    "one acTL chunk, got two",
  ],
  [
    "an acTL of 4 bytes",
    "CARTRIDGE_BAD_CHUNK",
    apng(chunk("acTL", [0, 0, 0, 1]), PIXELS),
    "acTL with 8 bytes, got 4",
  ],
  ["no frames", "CARTRIDGE_BAD_CHUNK", apng(acTL(0, 0), PIXELS), "got 0 and 0"],
  [
    "2³² − 1 frames",
    "CARTRIDGE_BAD_CHUNK",
    apng(acTL(0xffffffff, 0), fcTL(0), PIXELS),
    "got 4294967295 and 0",
  ],
  ["2³¹ − 1 frames", "CARTRIDGE_LIMIT", apng(acTL(0x7fffffff, 0), fcTL(0), PIXELS), "limits.frames, 1000"],
  ["2³¹ plays", "CARTRIDGE_BAD_CHUNK", apng(acTL(1, 0x80000000), fcTL(0), PIXELS), "got 1 and 2147483648"],
  ["1,001 frames", "CARTRIDGE_LIMIT", apng(acTL(1001, 0), fcTL(0), PIXELS), "an animation of 1001 frames"],
  [
    "more pixels than allowed in all frames",
    "CARTRIDGE_LIMIT",
    apng(acTL(3, 0), fcTL(0), PIXELS),
    "expected at most limits.animationPixels, 11, pixels in all frames, got 3 of 2×2",
    { animationPixels: 11 },
  ],
  [
    "more pixels than are ever allowed",
    "CARTRIDGE_LIMIT",
    pngOf([ihdr(8192, 8192, 1, 0), acTL(2, 0), idat([0]), IEND]),
    "expected at most 67108864 pixels in all frames, got 2 of 8192×8192",
    { pixels: 2 ** 31, animationPixels: 2 ** 31 },
  ],
  [
    "no frame at all",
    "CARTRIDGE_BAD_CHUNK",
    apng(acTL(1, 0), PIXELS),
    "the 1 frames that acTL states, got 0",
  ],
  [
    "too few frames",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS),
    "the 2 frames that acTL states, got 1",
  ],
  [
    "too many frames",
    "CARTRIDGE_BAD_CHUNK",
    apng(acTL(1, 0), fcTL(0), PIXELS, ...SECOND),
    "the 1 frames that acTL states, got more",
  ],
  [
    "a frame without fdAT",
    "CARTRIDGE_BAD_CHUNK",
    apng(acTL(3, 0), fcTL(0), PIXELS, fcTL(1), fcTL(2), fdAT(3, ROWS)),
    "fdAT with the pixel data of frame 1, got none",
  ],
  [
    "a last frame without fdAT",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS, fcTL(1)),
    "fdAT with the pixel data of frame 1, got none",
  ],
  [
    "a frame with empty fdAT chunks",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS, fcTL(1), fdAT(2, Uint8Array.of()), fdAT(3, Uint8Array.of())),
    "fdAT with the pixel data of frame 1, got none",
  ],
  [
    "two frames for IDAT",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), fcTL(1), PIXELS),
    "IDAT with the pixel data of frame 0, got none",
  ],
  [
    "fdAT before IDAT",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), fdAT(1, ROWS), PIXELS),
    "fdAT after the fcTL of its frame and after IDAT",
  ],
  [
    "fdAT of no frame",
    "CARTRIDGE_BAD_CHUNK",
    apng(acTL(1, 0), fcTL(0), PIXELS, fdAT(1, ROWS)),
    "fdAT after the fcTL of its frame",
  ],
  [
    "an fdAT of 3 bytes",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS, fcTL(1), chunk("fdAT", [0, 0, 2])),
    "got 3",
  ],
  [
    "an fcTL of 25 bytes",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, chunk("fcTL", new Uint8Array(25)), PIXELS),
    "got 25",
  ],
  [
    "a gap in the sequence numbers",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS, fcTL(2), fdAT(3, ROWS)),
    "fcTL with the sequence number 1, got 2",
  ],
  [
    "a sequence number twice",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS, fcTL(1), fdAT(1, ROWS)),
    "fdAT with the sequence number 2, got 1",
  ],
  [
    "sequence numbers from 1 on",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(1), PIXELS, fcTL(2), fdAT(3, ROWS)),
    "fcTL with the sequence number 0, got 1",
  ],
  ...(
    [
      ["to the right", { x: 1 }, "2×2 at (1, 0)"],
      ["below", { y: 1, height: 2 }, "2×2 at (0, 1)"],
      ["of no width", { width: 0 }, "0×2 at (0, 0)"],
      ["of no height", { height: 0 }, "2×0 at (0, 0)"],
      [
        "of 2³² − 1 pixels at 2³² − 1",
        { x: 0xffffffff, width: 0xffffffff },
        "4294967295×2 at (4294967295, 0)",
      ],
    ] as const
  ).map(([name, changes, found]): Case => [
    `a box outside the canvas: ${name}`,
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0), PIXELS, fcTL(1, changes), fdAT(2, ROWS)),
    `fcTL with a box within 2×2 pixels, got ${found}`,
  ]),
  [
    "a picture whose box is smaller",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0, { width: 1 }), PIXELS, ...SECOND),
    "2×2 pixels at (0, 0) in the fcTL of IDAT, got 1×2 at (0, 0)",
  ],
  [
    "an unknown disposal",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0, { dispose: 3 as 2 }), PIXELS, ...SECOND),
    "got 3 and 0",
  ],
  [
    "an unknown blending",
    "CARTRIDGE_BAD_CHUNK",
    apng(START, fcTL(0, { blend: 2 as 1 }), PIXELS, ...SECOND),
    "got 0 and 2",
  ],
];

describe("refused with a code and the place, before anything is inflated", () => {
  test.each(CASES)("%s: %s", (_, code, bytes, message, limits) => {
    const inflate = vi.spyOn(platform, "inflate");
    let error: unknown;
    try {
      decodeAnimation(bytes, { limits });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: "CartridgeError", code });
    expect((error as CartridgeError).message).toContain(message);
    expect(inflate).not.toHaveBeenCalled();
    inflate.mockRestore();
  });

  test.each(CASES.filter(([, code]) => code === "CARTRIDGE_BAD_CHUNK"))(
    "the picture in IDAT stays readable, as in viewers of still pictures: %s",
    async (_, __, bytes) => {
      expect((await decodePng(bytes)).width).toBe(2);
    },
  );
});

/** Returns the outcome of reading all frames. */
async function outcome(bytes: Uint8Array, limits?: Partial<PngLimits>): Promise<string> {
  try {
    let count = 0;
    for await (const frame of decodeAnimation(bytes, { limits }).frames()) count += frame.width > 0 ? 1 : 0;
    return `${count} frames`;
  } catch (error) {
    return `${(error as CartridgeError).code}: ${(error as CartridgeError).message}`;
  }
}

describe("pixel data of a frame", () => {
  test.each([
    ["too short to inflate to the box", deflateSync(Uint8Array.of(0)).subarray(0, 2)],
    ["one row too few", deflateSync(Uint8Array.of(0, 0))],
    ["one byte too many", deflateSync(Uint8Array.of(0, 0, 0, 0, 0))],
    ["a bomb", deflateSync(new Uint8Array(2 ** 20))],
    ["damaged", ROWS.with(3, 0xff)],
    ["an unknown filter", deflateSync(Uint8Array.of(9, 0, 0, 0))],
  ])("%s", async (_, data) => {
    const bytes = apng(START, fcTL(0), PIXELS, fcTL(1), fdAT(2, data));
    expect(await outcome(bytes)).toMatch(/^CARTRIDGE_BAD_PIXELS: frame 1: /);
  });

  test("may be split, with other chunks between the parts", async () => {
    const parts = Array.from(ROWS, (byte, i) => [
      fdAT(2 + i, Uint8Array.of(byte)),
      textChunk("Comment", "x"),
    ]);
    expect(await outcome(apng(START, fcTL(0), PIXELS, fcTL(1), ...parts.flat()))).toBe("2 frames");
  });
});

test("chunks of an animation without acTL before IDAT mean nothing", async () => {
  expect(await outcome(apng(PIXELS, START, fcTL(0), fdAT(1, ROWS)))).toBe("1 frames");
  expect(await outcome(apng(fcTL(7), PIXELS, fdAT(3, ROWS)))).toBe("1 frames");
});

test("20,000 tiny frames are bounded by limits.frames", async () => {
  const count = 20_000;
  const pixel = deflateSync(Uint8Array.of(0, 0));
  const frames = Array.from({ length: count - 1 }, (_, i) => [
    fcTL(2 * i + 1, { width: 1, height: 1 }),
    fdAT(2 * i + 2, pixel),
  ]);
  const bytes = pngOf([
    ihdr(1, 1, 1, 0),
    acTL(count, 0),
    fcTL(0, { width: 1, height: 1 }),
    idat([0, 0]),
    ...frames.flat(),
    IEND,
  ]);
  expect(await outcome(bytes)).toMatch(/^CARTRIDGE_LIMIT: .*limits\.frames, 1000/);
  expect(await outcome(bytes, { frames: count - 1 })).toMatch(/^CARTRIDGE_LIMIT: .*limits\.frames, 19999/);
  expect(await outcome(bytes, { frames: count, animationPixels: count - 1 })).toMatch(/^CARTRIDGE_LIMIT/);
  expect(await outcome(bytes, { frames: count, animationPixels: count })).toBe("20000 frames");
});

test("100,000 empty fdAT chunks take no memory", async () => {
  const empty = Array.from({ length: 100_000 }, (_, i) => fdAT(2 + i, Uint8Array.of()));
  const first = [HEADER, START, fcTL(0), PIXELS, fcTL(1)];
  const bytes = pngOf([...first, ...empty, fdAT(100_002, ROWS), IEND]);
  expect(await outcome(bytes)).toBe("2 frames");
});
