import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileSocketError, RequestError } from "../src/errors.ts";
import { decodeReply, errorHead, pictureHead, pongHead } from "../src/protocol/reply.ts";
import { badProgram } from "./support/renderer.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const timings = { queuedMs: 1.2345678, renderMs: 0.5 };

function picture(width: number, height: number): Buffer {
  const data = Buffer.alloc(width * height * 4, "gvpie");
  const reply = { width, height, data, backend: "cpu", adapter: "cpu ✓" };
  return Buffer.concat([pictureHead(ID, reply, timings), data]);
}

test("decodes a picture", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (width, height) => {
      const bytes = picture(width, height);
      const { header, payload } = decodeReply(bytes);
      expect(header).toEqual({
        id: ID,
        status: "ok",
        width,
        height,
        format: "RGBA",
        bytes: width * height * 4,
        crc32: crc32(payload),
        backend: "cpu",
        adapter: "cpu ✓",
        queuedMs: 1.235,
        renderMs: 0.5,
      });
      expect(Buffer.from(payload).equals(Buffer.alloc(width * height * 4, "gvpie"))).toBe(true);
      expect((payload.byteOffset - bytes.byteOffset) % 8).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("decodes a pong", () => {
  expect(decodeReply(pongHead(ID, timings)).header).toMatchObject({ status: "ok", bytes: 0, crc32: 0 });
});

test("decodes an error with its diagnostics", () => {
  const error = badProgram(3);
  expect(decodeReply(errorHead(ID, error)).header.error).toEqual({
    status: "bad_program",
    code: "PXL_UNKNOWN_OPCODE",
    message: error.message,
    line: 1,
    column: 3,
    diagnostics: error.diagnostics,
  });
  const busy = new RequestError({
    status: "busy",
    code: "FSOCK_OVERLOADED",
    message: "later",
    retryAfterMs: 70,
  });
  expect(decodeReply(errorHead(ID, busy)).header.error).toMatchObject({ line: null, retryAfterMs: 70 });
});

test("counts the diagnostics that do not fit", () => {
  const head = errorHead(ID, badProgram(100_000));
  expect(head.length).toBeLessThan(4 * 1024 * 1024);
  const text = head.toString("utf8");
  const { error } = decodeReply(head).header;
  const omitted = Number(/"diagnosticsOmitted":(\d+)/.exec(text)?.[1]);
  expect((error?.diagnostics.length ?? 0) + omitted).toBe(100_000);
});

function altered(change: (header: Record<string, unknown>) => void): Buffer {
  const bytes = picture(2, 2);
  const length = bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<string, unknown>;
  change(header);
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.from(bytes.subarray(0, 8));
  prefix.writeUInt32LE(json.length, 4);
  return Buffer.concat([prefix, json, bytes.subarray(8 + length)]);
}

test.each([
  ["an empty file", Buffer.alloc(0)],
  ["a wrong magic", Buffer.from("GVR2\u0002\0\0\0{}")],
  ["a header longer than the file", Buffer.from("GVR1\u0003\0\0\0{}")],
  ["a header of 4 GiB", Buffer.from([0x47, 0x56, 0x52, 0x31, 0xff, 0xff, 0xff, 0xff])],
  ["a header that is not JSON", Buffer.from("GVR1\u0002\0\0\0{x")],
  ["a header that is not an object", Buffer.from("GVR1\u0002\0\0\0[]")],
  ["a truncated payload", picture(2, 2).subarray(0, -1)],
  ["an extra byte", Buffer.concat([picture(2, 2), Buffer.alloc(1)])],
  ["an id that is not a string", altered((header) => (header["id"] = 1))],
  ["an unknown status", altered((header) => (header["status"] = "fine"))],
  ["a wrong checksum", altered((header) => (header["crc32"] = 1))],
  ["a width that does not match the payload", altered((header) => (header["width"] = 3))],
  ["a missing height", altered((header) => delete header["height"])],
  ["a wrong format", altered((header) => (header["format"] = "BGRA"))],
  ["a negative duration", altered((header) => (header["renderMs"] = -1))],
  ["a status other than ok without an error", altered((header) => (header["status"] = "busy"))],
  [
    "invalid diagnostics",
    altered((header) =>
      Object.assign(header, { status: "bad_program", error: { code: "x", message: "y", diagnostics: [1] } }),
    ),
  ],
])("refuses %s", (_title, bytes) => {
  expect(() => decodeReply(bytes)).toThrow(expect.objectContaining({ code: "FSOCK_BAD_REPLY" }) as Error);
});

test("any bytes decode or throw FSOCK_BAD_REPLY", () => {
  const whole = picture(3, 2);
  const mutated = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((edits) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of edits) bytes[at] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array()), (bytes) => {
      try {
        const { header, payload } = decodeReply(bytes);
        expect(crc32(payload)).toBe(header.crc32);
      } catch (error) {
        if (!(error instanceof FileSocketError)) throw error;
      }
    }),
    { numRuns: 5_000 },
  );
});
