// The proof of an animation covers every frame, and the form that viewers show alike.

import {
  canonicalizeCartridge,
  createVerifier,
  decodeAnimation,
  encodeAnimation,
  encodeCartridge,
  type Frame,
  type Render,
  type RenderRequest,
  type Verification,
  verifyCartridge,
} from "@gvpie/cartridge";
import { disposeAfterTest } from "@gvpie/testing/vitest";
import { deflateSync, inflateSync } from "node:zlib";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { acTL, fcTL, fdAT } from "./support/apng-encoder.ts";
import { chunk, chunksOf, ihdr, pngOf, type RawChunk, textChunk } from "./support/chunks.ts";
import { afterEmptyBlock } from "./support/empty-blocks.ts";
import { frameOf, noise } from "./support/frames.ts";

const clip = [
  frameOf("#...", "...."),
  frameOf(".#..", "...."),
  frameOf("..#.", "...."),
  frameOf("..##", "...."),
];
const animation = { frames: clip.length, delayMs: 50 };
const options = { program: "FRAMES 4 50\n", language: "2", createdAt: new Date(0), delayMs: 50 };
const png = await encodeAnimation(clip, options);

/** Returns a renderer that draws these frames, as a program with this animation does. */
function drawing(frames: readonly Frame[], stated: typeof animation | undefined = animation): Render {
  return (_, { frame = 0 }) => ({ ...(frames[frame] as Frame), ...(stated && { animation: stated }) });
}

const render = drawing(clip);

/** States a window of 256 bytes in a zlib stream (RFC 1950 §2.2). */
function smallWindow(stream: Uint8Array): Uint8Array {
  return Uint8Array.from(stream).fill(8, 0, 1).fill(29, 1, 2);
}

type Change = (chunk: RawChunk, index: number, all: readonly RawChunk[]) => RawChunk | readonly RawChunk[];

/** Returns the cartridge with each chunk replaced by what `change` returns. */
function changed(change: Change, file: Uint8Array = png): Uint8Array {
  return pngOf(chunksOf(file).flatMap((c, i, all) => change(c, i, all)));
}

/** Changes the data of the chunks of a type, from byte `at` on, or of one of them. */
function withBytes(type: string, at: number, bytes: readonly number[], only?: number): Uint8Array {
  let seen = 0;
  return changed((c) => {
    if (c.type !== type || (seen++ !== only && only !== undefined)) return c;
    const data = c.data.slice();
    data.set(bytes, at);
    return { type, data };
  });
}

/** Numbers the chunks of an animation again. */
function renumbered(chunks: readonly RawChunk[]): Uint8Array {
  let sequence = 0;
  return pngOf(
    chunks.map((c) => {
      if (c.type !== "fcTL" && c.type !== "fdAT") return c;
      const data = Buffer.from(c.data);
      data.writeUInt32BE(sequence++, 0);
      return { type: c.type, data };
    }),
  );
}

const short = ({ status, obstacles }: Verification) => [status, ...obstacles.map(({ chunk }) => chunk)];

describe("verified", () => {
  test("every frame is drawn and compared", async () => {
    const requests: RenderRequest[] = [];
    const found = await verifyCartridge(png, {
      render: (program, request) => {
        requests.push(request);
        return render(program, request);
      },
    });
    expect(found).toMatchObject({
      status: "verified",
      explanation: "The program draws exactly these 4 frames.",
      frame: clip[0],
      frameNumber: 0,
      difference: undefined,
      relation: { kind: "equal" },
      obstacles: [],
      remarks: [],
    });
    expect(requests.map(({ frame }) => frame)).toEqual([0, 1, 2, 3]);
  });

  test("of one frame", async () => {
    const stated = { frames: 1, delayMs: 9 };
    const file = await encodeAnimation(clip.slice(0, 1), { ...options, delayMs: 9 });
    const found = await verifyCartridge(file, { render: drawing(clip, stated) });
    expect([found.status, found.explanation]).toEqual([
      "verified",
      "The program draws exactly these pixels.",
    ]);
  });

  test("a picture of frame 0, encoded alone or left by an editor: with a remark", async () => {
    const { delayMs: _, ...rest } = options;
    const still = await encodeCartridge(clip[0] as Frame, rest);
    const left = changed((c) => (/^(?:acTL|fcTL|fdAT)$/.test(c.type) ? [] : c));
    for (const file of [still, left]) {
      const found = await verifyCartridge(file, { render });
      expect(found.status).toBe("verified");
      const reason = "the picture is frame 0 of the program's 4, and the file has no others";
      expect(found.remarks).toEqual([{ chunk: "IHDR", offset: 8, reason }]);
      expect(found.explanation).toBe(`The program draws exactly these pixels. Note that ${reason}.`);
    }
  });

  test("in a worker", async () => {
    const thread = new URL("support/animation-thread.ts", import.meta.url);
    const createWorker = () => new Worker(thread, { execArgv: ["--conditions=@gvpie/source"] });
    const verifier = disposeAfterTest(createVerifier({ createWorker }));
    const wrong = drawing(clip.with(2, frameOf("#.#.", "....")));
    for (const draw of [render, wrong, drawing(clip, { frames: 3, delayMs: 50 })]) {
      const render: Render = async (program, request) => structuredClone(await draw(program, request));
      const found = await verifier.verify(png, { render });
      expect(found).toEqual(await verifyCartridge(png, { render: draw }));
    }
    // The worker's own renderer draws four frames in which a dot moves.
    expect((await verifier.verify(png)).explanation).toMatch(/^Frame 3: The program draws another picture/);
  });
});

describe("not-reproducible: says which frame and which pixels", () => {
  test.each([0, 1, 3])("frame %i", async (number) => {
    const wrong = clip.with(number, frameOf("....", "...#"));
    const { explanation, frame, ...found } = await verifyCartridge(png, { render: drawing(wrong) });
    expect(found).toMatchObject({
      status: "not-reproducible",
      frameNumber: number,
      relation: { kind: "different" },
    });
    const count = number === 3 ? 3 : 2;
    const prefix = number === 0 ? "" : `Frame ${number}: `;
    expect(explanation).toMatch(`${prefix}The program draws another picture: ${count} of 8 pixels differ`);
    expect(frame).toEqual(clip[number]);
    expect(found.drawn).toMatchObject(wrong[number] as Frame);
    expect(found.difference).toMatchObject({ count });
  });

  test("a frame that fails", async () => {
    const failing: Render = (program, request) => {
      if (request.frame !== 2) return render(program, request);
      throw Object.assign(new Error("line 3: division by zero"), { code: "RASTER_DIVISION_BY_ZERO" });
    };
    const found = await verifyCartridge(png, { render: failing });
    expect([found.status, found.frameNumber, found.explanation]).toEqual([
      "not-reproducible",
      2,
      "Frame 2: The program failed: line 3: division by zero",
    ]);
  });

  test.each<[string, typeof animation | undefined, string]>([
    ["no FRAMES", undefined, "the program has no FRAMES: it draws one still picture."],
    ["fewer frames", { frames: 3, delayMs: 50 }, "the program draws 3 frames of 50 ms."],
    ["more frames", { frames: 5, delayMs: 50 }, "the program draws 5 frames of 50 ms."],
    ["another delay", { frames: 4, delayMs: 51 }, "the program draws 4 frames of 51 ms."],
  ])("a program with %s", async (_, stated, reason) => {
    const found = await verifyCartridge(png, {
      render: (_, { frame = 0 }) => ({ ...(clip[frame] as Frame), ...(stated && { animation: stated }) }),
    });
    expect([found.status, found.explanation, found.relation]).toEqual([
      "not-reproducible",
      `The record states an animation of 4 frames of 50 ms, but ${reason}`,
      { kind: "equal" },
    ]);
  });
});

describe("checksum-mismatch", () => {
  /** Returns the cartridge with other pixels in a frame. */
  function altered(number: number): Uint8Array {
    let seen = 0;
    return changed((c) => {
      if (c.type !== "fdAT" || ++seen !== number) return c;
      const rows = inflateSync(c.data.subarray(4));
      rows[1] = (rows[1] as number) ^ 0x80;
      return fdAT(Buffer.from(c.data).readUInt32BE(0), deflateSync(rows));
    });
  }

  test.each([1, 3])("a pixel of frame %i was changed", async (number) => {
    const found = await verifyCartridge(altered(number), { render });
    expect(found).toMatchObject({
      status: "checksum-mismatch",
      frameNumber: number,
      difference: { count: 1 },
    });
    expect(found.explanation).toMatch(
      new RegExp(
        `^The frames do not match the SHA-256 of the record: .* Frame ${number}: The program draws another picture`,
      ),
    );
    await expect(canonicalizeCartridge(altered(number))).rejects.toMatchObject({
      code: "CARTRIDGE_CHECKSUM_MISMATCH",
    });
  });

  test("a frame was removed", async () => {
    const chunks = chunksOf(png);
    const at = chunks.findLastIndex(({ type }) => type === "fcTL");
    const file = renumbered(chunks.toSpliced(at, 2).with(1, acTL(3, 0)));
    const found = await verifyCartridge(file, { render });
    expect(found.status).toBe("checksum-mismatch");
    expect(found.explanation).toContain("The file has 3 of the 4 frames that its record states");
    await expect(canonicalizeCartridge(file)).rejects.toMatchObject({ code: "CARTRIDGE_CHECKSUM_MISMATCH" });
  });

  test("the SHA-256 of the record was changed", async () => {
    const file = changed((c) => {
      const text = Buffer.from(c.data).toString("latin1");
      if (!text.startsWith("gvpie\0")) return c;
      return textChunk(
        "gvpie",
        text.slice(6).replace(/"sha256":"(.)/, (_, digit: string) => `"sha256":"${digit === "0" ? 1 : 0}`),
      );
    });
    const { status, drawn } = await verifyCartridge(file, { render });
    expect([status, drawn]).toEqual(["checksum-mismatch", { ...clip[0], animation }]);
  });
});

describe("not-canonical: viewers can show another animation, or another picture", () => {
  const chunks = chunksOf(png);
  const at = (type: string) => chunks.findIndex((c) => c.type === type);
  const whole = { x: 0, y: 0, width: 4, height: 2, dispose: 0, blend: 0, delay: [50, 1000] } as const;
  /** The first frame of the animation, in fdAT; the picture in IDAT is not a frame. */
  const hidden = () => {
    const idat = chunks[at("IDAT")] as RawChunk;
    const first = [chunks[at("fcTL")] as RawChunk, fdAT(0, idat.data)];
    return renumbered(chunks.toSpliced(at("fcTL"), 2, idat, ...first));
  };

  test.each<[string, Uint8Array, string[], RegExp]>([
    ["three plays", withBytes("acTL", 7, [3]), ["acTL"], /without end, got 3 plays/],
    ["a hidden picture", hidden(), ["acTL"], /of which the picture in IDAT is none/],
    [
      "another delay",
      withBytes("fcTL", 21, [51]),
      ["fcTL", "fcTL", "fcTL", "fcTL"],
      /expected a delay of 50\/1000 s, that of the record, got 51\/1000 s/,
    ],
    ["another delay of one frame", withBytes("fcTL", 20, [1], 2), ["fcTL"], /got 306\/1000 s/],
    [
      "the same delay as another fraction",
      withBytes("fcTL", 20, [0, 5, 0, 100]),
      ["fcTL", "fcTL", "fcTL", "fcTL"],
      /got 5\/100 s/,
    ],
    ["a delay in hundredths", withBytes("fcTL", 22, [0, 100], 1), ["fcTL"], /got 50\/100 s/],
    ["a disposal", withBytes("fcTL", 24, [2], 3), ["fcTL"], /got 2 and 0: viewers/],
    ["a blending", withBytes("fcTL", 25, [1], 0), ["fcTL"], /got 0 and 1: viewers/],
    [
      "one more frame",
      renumbered([
        ...chunks.with(1, acTL(5, 0)).slice(0, -1),
        fcTL(0, { ...whole, width: 1 }),
        fdAT(0, deflateSync(new Uint8Array(4))),
        chunk("IEND"),
      ]),
      ["fcTL"],
      /it is frame 4, and the record states only frames 0 to 3/,
    ],
    [
      "a text between fcTL and fdAT",
      changed((c, i) => (c.type === "fdAT" && i === chunks.length - 2 ? [textChunk("Comment", "x"), c] : c)),
      ["fcTL"],
      /does not follow directly/,
    ],
    [
      "a text between fcTL and IDAT",
      changed((c) => (c.type === "IDAT" ? [textChunk("Comment", "x"), c] : c)),
      ["fcTL"],
      /does not follow directly/,
    ],
    [
      "split pixel data",
      renumbered(
        chunks.flatMap((c, i) =>
          c.type === "fdAT" && i === chunks.length - 2
            ? [fdAT(0, c.data.subarray(4, 9)), fdAT(0, c.data.subarray(9))]
            : c,
        ),
      ),
      ["fdAT"],
      /is split/,
    ],
  ])("%s", async (_, file, obstacles, reason) => {
    const found = await verifyCartridge(file, { render });
    expect(short(found)).toEqual(["not-canonical", ...obstacles]);
    expect(found.obstacles[0]?.reason).toMatch(reason);
    expect(found.explanation).toMatch(/^The program draws exactly these 4 frames\./);
    for (const { chunk: type, offset } of found.obstacles) {
      expect(Buffer.from(file).toString("latin1", offset + 4, offset + 8)).toBe(type);
    }
    const again = await canonicalizeCartridge(file);
    expect(again).toEqual(png);
  });

  test("a form that the encoder does not write", async () => {
    const grey = (frames: readonly Frame[]) =>
      frames.map(({ data }) =>
        deflateSync(
          Buffer.concat(
            [0, 1]
              .map((y) => [0, ...[0, 1, 2, 3].map((x) => data[(y * 4 + x) * 4] as number)])
              .map((row) => Uint8Array.from(row)),
          ),
        ),
      );
    const [first, ...rest] = grey(clip) as [Buffer, ...Buffer[]];
    const file = renumbered([
      ihdr(4, 2, 8, 0),
      ...chunks.slice(1, at("fcTL")),
      fcTL(0, whole),
      chunk("IDAT", first),
      ...rest.flatMap((data) => [fcTL(0, whole), fdAT(0, data)]),
      chunk("IEND"),
    ]);
    const found = await verifyCartridge(file, { render });
    expect(short(found)).toEqual(["not-canonical", "IHDR"]);
    expect(await canonicalizeCartridge(file)).toEqual(png);
  });

  test.each<[string, (rows: Uint8Array) => Uint8Array]>([
    ["a small window", (rows) => smallWindow(deflateSync(rows))],
    ["a block with one code", (rows) => afterEmptyBlock("dynamic", rows)],
  ])("the pixel data of a later frame: %s", async (_, compress) => {
    const noisy = [noise(40, 1), noise(40, 2), noise(40, 3)];
    const stated = { frames: 3, delayMs: 50 };
    const file = await encodeAnimation(noisy, options);
    const last = chunksOf(file).length - 2;
    const other = changed((c, i) => {
      if (i !== last) return c;
      return fdAT(Buffer.from(c.data).readUInt32BE(0), compress(inflateSync(c.data.subarray(4))));
    }, file);
    expect(short(await verifyCartridge(file, { render: drawing(noisy, stated) }))).toEqual(["verified"]);
    const found = await verifyCartridge(other, { render: drawing(noisy, stated) });
    expect(short(found)).toEqual(["not-canonical", "fdAT"]);
    expect(await canonicalizeCartridge(other)).toEqual(file);
  });

  test("an animation of which the record does not know", async () => {
    const still = chunksOf(
      await encodeCartridge(clip[0] as Frame, { program: "HALT", language: "1", createdAt: new Date(0) }),
    );
    const idat = still.findIndex(({ type }) => type === "IDAT");
    const frames = chunks.filter(({ type }) => /^(?:fcTL|fdAT)$/.test(type));
    const file = pngOf([
      ...still.slice(0, idat),
      chunks[1] as RawChunk,
      frames[0] as RawChunk,
      still[idat] as RawChunk,
      ...frames.slice(1),
      chunk("IEND"),
    ]);
    expect(decodeAnimation(file).frameCount).toBe(4);
    const found = await verifyCartridge(file, { render: () => clip[0] as Frame });
    expect(found.status).toBe("not-canonical");
    expect(new Set(found.obstacles.map(({ chunk }) => chunk))).toEqual(new Set(["acTL", "fcTL", "fdAT"]));
    expect(await canonicalizeCartridge(file)).toEqual(pngOf(still));
  });

  test("up to 16 obstacles are named", async () => {
    const long = Array.from({ length: 40 }, (_, i) => clip[i % 2] as Frame);
    const file = await encodeAnimation(long, options);
    const moved = changed((c) => (c.type === "fcTL" ? { type: c.type, data: c.data.with(25, 1) } : c), file);
    const found = await verifyCartridge(moved, { render: drawing(long, { frames: 40, delayMs: 50 }) });
    expect(found.obstacles).toHaveLength(16);
  });
});

describe("a file whose record states an animation", () => {
  test("is refused if its animation chunks are invalid", async () => {
    const file = withBytes("fcTL", 3, [9], 1);
    for (const read of [verifyCartridge(file, { render }), canonicalizeCartridge(file)]) {
      await expect(read).rejects.toMatchObject({
        code: "CARTRIDGE_BAD_CHUNK",
        message: expect.stringMatching(
          /^byte \d+: expected fcTL with the sequence number 1, got 9$/,
        ) as string,
      });
    }
  });

  test("is refused beyond the limits, before a frame is drawn", async () => {
    let calls = 0;
    const counting: Render = (...request) => {
      calls++;
      return render(...request);
    };
    for (const limits of [{ frames: 3 }, { animationPixels: 31 }]) {
      await expect(verifyCartridge(png, { render: counting, limits })).rejects.toMatchObject({
        code: "CARTRIDGE_LIMIT",
      });
    }
    expect(calls).toBe(0);
  });

  test("can be ended between two frames", async () => {
    const ending = new AbortController();
    const slow: Render = (program, request) => {
      if (request.frame === 1) ending.abort(new Error("enough"));
      if (request.frame === 2) throw new Error("drawn after the end");
      return render(program, request);
    };
    await expect(verifyCartridge(png, { render: slow, signal: ending.signal })).rejects.toThrow("enough");
  });
});
