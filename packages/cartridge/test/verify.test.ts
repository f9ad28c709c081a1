import { encodeCartridge, encodePng, type Frame, type Render, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";
import { chunksOf, pngOf } from "./support/chunks.ts";
import { frameOf } from "./support/frames.ts";

const program = "TXT 10 10 Hello GPU\nRECT 0 0 3 3\nHALT\n";
const frame = renderProgram(program);
const render: Render = renderProgram;

/** Returns the frame with one bit of its first pixel changed. */
function altered({ width, height, data }: Frame): Frame {
  return { width, height, data: data.with(0, (data[0] as number) ^ 1) };
}

/** Returns a PNG with the texts of one file and another picture. */
async function withPicture(texts: Uint8Array, picture: Frame): Promise<Uint8Array> {
  const keep = chunksOf(texts).filter(({ type }) => type === "tEXt" || type === "zTXt");
  const [header, ...rest] = chunksOf(await encodePng(picture));
  return pngOf([...(header === undefined ? [] : [header]), ...keep, ...rest]);
}

test("verified: the program draws exactly the picture", async () => {
  const verification = await verifyCartridge(await encodeCartridge(frame, { program, language: "1" }), {
    render,
  });
  expect(verification).toMatchObject({
    status: "verified",
    explanation: "The program draws exactly these pixels.",
    frame,
    metadata: { gvpie: { program } },
    cause: undefined,
  });
});

test("verified with the size, background and parameters that were recorded", async () => {
  const template = "PARAM x 0\nRECT {x} 0 1 1";
  const options = { background: "#ff000080", params: { x: "1" } };
  const red = renderProgram(template, { width: 3, height: 2, ...options });
  const requests: unknown[] = [];
  const recordingRender: Render = (source, request) => {
    requests.push(request);
    return renderProgram(source, request);
  };
  const png = await encodeCartridge(red, { program: template, language: "1", ...options });
  expect((await verifyCartridge(png, { render: recordingRender })).status).toBe("verified");
  const limits = expect.objectContaining({ pixels: 1_048_576, paintedPixels: 2 ** 26 + 360 }) as object;
  expect(requests).toEqual([{ width: 3, height: 2, ...options, limits }]);
});

test("verified in RGBA form", async () => {
  const png = await encodeCartridge(frame, { program, language: "1", colorType: "rgba" });
  expect((await verifyCartridge(png, { render })).status).toBe("verified");
});

test("accepts a renderer that returns a promise", async () => {
  const png = await encodeCartridge(frame, { program, language: "1" });
  const later: Render = async (...args) => renderProgram(...args);
  expect((await verifyCartridge(png, { render: later })).status).toBe("verified");
});

test("checksum-mismatch: one pixel was altered", async () => {
  const png = await withPicture(await encodeCartridge(frame, { program, language: "1" }), altered(frame));
  const { status, explanation } = await verifyCartridge(png, { render });
  expect(status).toBe("checksum-mismatch");
  expect(explanation).toContain("altered");
});

describe("not-reproducible", () => {
  test("the picture and its checksum were altered", async () => {
    const png = await encodeCartridge(altered(frame), { program, language: "1" });
    const { status, explanation } = await verifyCartridge(png, { render });
    expect(status).toBe("not-reproducible");
    expect(explanation).toBe(
      "The program draws another picture: 1 of 8192 pixels differ, the first at (0, 0).",
    );
  });

  test("the program was altered", async () => {
    const png = await encodeCartridge(frame, { program: program.replace("GPU", "CPU"), language: "1" });
    expect((await verifyCartridge(png, { render })).status).toBe("not-reproducible");
  });

  test("the program fails", async () => {
    const png = await encodeCartridge(frame, { program: "DRAW nonsense", language: "1" });
    const { status, explanation, cause } = await verifyCartridge(png, { render });
    expect(status).toBe("not-reproducible");
    expect(explanation).toContain("The program failed: ");
    expect(cause).toMatchObject({ name: "PxlError" });
  });

  test("the same bytes have other sides", async () => {
    const wide = frameOf("########");
    const square: Frame = { width: 4, height: 2, data: wide.data };
    const png = await withPicture(
      await encodeCartridge(wide, { program: "RECT 0 0 8 8", language: "1" }),
      square,
    );
    const { status, explanation } = await verifyCartridge(png, { render });
    expect(status).toBe("not-reproducible");
    expect(explanation).toContain("The program was recorded for 8×1 pixels, but the picture has 4×2.");
  });
});

describe("no-program", () => {
  const long = `${program}${"# a comment\n".repeat(100_000)}`;

  test("none was recorded", async () => {
    expect((await verifyCartridge(await encodeCartridge(frame), { render })).status).toBe("no-program");
  });

  test("it was too long and is not supplied", async () => {
    const png = await encodeCartridge(frame, { program: long, language: "1" });
    const { status, explanation } = await verifyCartridge(png, { render });
    expect(status).toBe("no-program");
    expect(explanation).toMatch(/SHA-256 [0-9a-f]{64}/);
  });

  test("it was too long and another one is supplied", async () => {
    const png = await encodeCartridge(frame, { program: long, language: "1" });
    const { status, explanation } = await verifyCartridge(png, { render, program });
    expect(status).toBe("no-program");
    expect(explanation).toMatch(/expected the program with SHA-256 [0-9a-f]{64}, got another/);
  });

  test("verified if the long program is supplied", async () => {
    const png = await encodeCartridge(frame, { program: long, language: "1" });
    expect((await verifyCartridge(png, { render, program: long })).status).toBe("verified");
  });
});

describe("stripped", () => {
  test("a PNG without texts", async () => {
    const verification = await verifyCartridge(await encodePng(frame), { render });
    expect(verification).toMatchObject({ status: "stripped", metadata: undefined, frame });
  });

  test("a cartridge that lost its checksum", async () => {
    const png = await encodeCartridge(frame, { program, language: "1" });
    const isChecksum = (data: Uint8Array) => String.fromCharCode(...data.subarray(0, 9)) === "checksum\0";
    const without = pngOf(chunksOf(png).filter(({ data }) => !isChecksum(data)));
    expect((await verifyCartridge(without, { render })).status).toBe("stripped");
  });
});
