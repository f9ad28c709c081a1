import { runInNewContext } from "node:vm";

import { createFrame } from "@gvpie/raster";
import { expect, test } from "vitest";

test("a new frame holds zeros", () => {
  expect(createFrame(3, 2)).toEqual({ width: 3, height: 2, data: new Uint8ClampedArray(24) });
});

test("the given buffer is the frame's data", () => {
  const into = new Uint8ClampedArray(24).fill(9);
  expect(createFrame(3, 2, into).data).toBe(into);
});

test("accepts a buffer from another realm", () => {
  const into = runInNewContext("new Uint8ClampedArray(24)") as Uint8ClampedArray;
  expect(into).not.toBeInstanceOf(Uint8ClampedArray);
  expect(createFrame(3, 2, into).data).toBe(into);
});

test.each([
  { name: "too short", into: new Uint8ClampedArray(23), found: "got one of 23" },
  { name: "too long", into: new Uint8ClampedArray(25), found: "got one of 25" },
  { name: "not clamped", into: new Uint8Array(24), found: "got a Uint8Array object" },
  { name: "words", into: new Uint32Array(24), found: "got a Uint32Array object" },
  { name: "no array", into: { length: 24 }, found: "got an object" },
  { name: "null", into: null, found: "got null" },
])("rejects a buffer that is $name", ({ into, found }) => {
  expect(() => createFrame(3, 2, into as unknown as Uint8ClampedArray)).toThrow(
    expect.objectContaining({
      code: "RASTER_BAD_BUFFER",
      message: `expected into as a Uint8ClampedArray of 24 bytes, ${found}`,
    }),
  );
});

test("throws RASTER_OUT_OF_MEMORY for a frame that is too large to allocate", () => {
  expect(() => createFrame(2 ** 31, 2 ** 20)).toThrow(
    expect.objectContaining({ code: "RASTER_OUT_OF_MEMORY", cause: expect.any(RangeError) }),
  );
});
