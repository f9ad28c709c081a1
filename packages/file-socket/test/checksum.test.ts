import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { payloadChecksum } from "../src/protocol/checksum.ts";

const MIB = 1_048_576;

test("up to 1 MiB the checksum is the CRC-32 of all bytes", () => {
  expect(payloadChecksum(new Uint8Array())).toBe(0);
  expect(payloadChecksum(Buffer.from("123456789"))).toBe(0xcbf43926);
  const bytes = Buffer.alloc(MIB, "gvpie");
  expect(payloadChecksum(bytes)).toBe(crc32(bytes));
});

test("above 1 MiB a change in any block's first 64 bytes changes the checksum", () => {
  const bytes = Buffer.alloc(MIB + 70, "gvpie");
  const samples = [];
  for (let start = 0; start < bytes.length; start += 4_096) samples.push(bytes.subarray(start, start + 64));
  const checksum = payloadChecksum(bytes);
  expect(checksum).toBe(crc32(Buffer.concat(samples)));
  fc.assert(
    fc.property(fc.nat(256), fc.nat(63), fc.integer({ min: 1, max: 255 }), (block, at, change) => {
      const altered = Buffer.from(bytes);
      const offset = Math.min(block * 4_096 + at, bytes.length - 7);
      altered[offset] = (altered[offset] as number) ^ change;
      expect(payloadChecksum(altered)).not.toBe(checksum);
    }),
    { numRuns: 50 },
  );
});

test.each([0, 1, 2, 3, 4])("the checksum does not depend on the payload's byte offset: %i", (offset) => {
  const memory = Buffer.allocUnsafeSlow(MIB + 9_000);
  for (const length of [MIB + 1, MIB + 64, MIB + 4_095, MIB + 4_096, MIB + 4_099]) {
    const bytes = memory.subarray(offset, offset + length);
    for (let at = 0; at < length; at++) bytes[at] = at % 251;
    const samples = [];
    for (let start = 0; start < length; start += 4_096) samples.push(bytes.subarray(start, start + 64));
    expect(payloadChecksum(bytes)).toBe(crc32(Buffer.concat(samples)));
  }
});
