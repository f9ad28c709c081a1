import type { SeededRandom } from "@gvpie/testing";
import { type FuzzTarget, mutateBytes, type textMutator } from "@gvpie/testing/fuzz";

/** Length of the magic and the header's length, which precede the header. */
const PREFIX_BYTES = 8;

/**
 * Returns a mutation of files with a head: changes the header and writes its correct length; in one of four cases changes any bytes.
 */
export function headMutator(mutateHeader: ReturnType<typeof textMutator>): FuzzTarget["mutate"] {
  return (input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array => {
    if (input.length < PREFIX_BYTES || random.oneIn(4)) return mutateBytes(input, other, random);
    const file = Buffer.from(input);
    const length = file.readUInt32LE(4);
    const text = file.subarray(PREFIX_BYTES, PREFIX_BYTES + length).toString();
    const header = Buffer.from(mutateHeader(text, Buffer.from(other).toString("latin1"), random));
    const prefix = Buffer.concat([file.subarray(0, 4), Buffer.alloc(4)]);
    prefix.writeUInt32LE(header.length, 4);
    return Buffer.concat([prefix, header, file.subarray(PREFIX_BYTES + length)]);
  };
}
