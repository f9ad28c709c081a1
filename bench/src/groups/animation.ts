import { decodeAnimation, encodeAnimation, type Frame } from "@gvpie/cartridge";
import { renderFrames } from "@gvpie/raster-cpu";
import sharp from "sharp";
import UPNG from "upng-js";
import type { Contender, Race } from "../harness.ts";

const [WIDTH, HEIGHT, COUNT, DELAY_MS] = [128, 64, 60, 40];
const PROGRAM = `FRAMES ${COUNT} ${DELAY_MS}\nTXT 4 4 Departures\nSCALE 2\nPRINT {128 - frame * 5} 28 12:45 Platform 7\n`;

/** Encodes frames, and decodes its own file to RGBA frames. */
interface AnimationCodec {
  readonly name: string;
  readonly role: "ours" | "peer";
  encode(frames: readonly Frame[]): Promise<Uint8Array>;
  decode(file: Uint8Array): Promise<readonly Uint8ClampedArray[]>;
}

const copyOf = ({ data }: Frame): ArrayBuffer => new Uint8Array(data).buffer;

/** Returns the frames of a picture in which they stand one above the other. */
function cut(data: Uint8Array): Uint8ClampedArray[] {
  const bytes = WIDTH * HEIGHT * 4;
  return Array.from({ length: data.length / bytes }, (_, i) =>
    Uint8ClampedArray.from(data.subarray(i * bytes, (i + 1) * bytes)),
  );
}

const codecs: readonly AnimationCodec[] = [
  {
    name: "ours",
    role: "ours",
    encode: (frames) => encodeAnimation(frames, { delayMs: DELAY_MS, createdAt: new Date(0) }),
    async decode(file) {
      const decoded: Uint8ClampedArray[] = [];
      for await (const { data } of decodeAnimation(file).frames()) decoded.push(data);
      return decoded;
    },
  },
  {
    name: "sharp, lossless WebP",
    role: "peer",
    encode(frames) {
      const stacked = Buffer.concat(frames.map(({ data }) => new Uint8Array(data)));
      const raw = { width: WIDTH, height: HEIGHT * frames.length, channels: 4, pageHeight: HEIGHT } as const;
      const delay = frames.map(() => DELAY_MS);
      return sharp(stacked, { raw }).webp({ lossless: true, loop: 0, delay }).toBuffer();
    },
    decode: async (file) =>
      cut(await sharp(file, { animated: true }).toColourspace("srgb").ensureAlpha().raw().toBuffer()),
  },
  {
    name: "upng-js",
    role: "peer",
    encode: async (frames) =>
      new Uint8Array(
        UPNG.encode(
          frames.map(copyOf),
          WIDTH,
          HEIGHT,
          0,
          frames.map(() => DELAY_MS),
        ),
      ),
    decode: async (file) =>
      UPNG.toRGBA8(UPNG.decode(file.slice().buffer)).map((frame) => new Uint8ClampedArray(frame)),
  },
];

/** Encoding and decoding an animation beside the peers. Ours is a whole cartridge, with a checksum of every frame. */
export async function* animationRaces(): AsyncGenerator<Race> {
  const frames: Frame[] = [];
  for await (const frame of renderFrames(PROGRAM, { width: WIDTH, height: HEIGHT })) frames.push(frame);
  const encoding: Contender[] = [];
  const decoding: Contender[] = [];
  for (const { name, role, encode, decode } of codecs) {
    const file = await encode(frames);
    const decoded = await decode(file);
    const isExact =
      decoded.length === COUNT &&
      decoded.every((data, i) => Buffer.from(data).equals(Buffer.from(frames[i]?.data ?? [])));
    if (!isExact) throw new Error(`${name} did not keep the frames`);
    encoding.push({ name, role, bytes: file.length, run: () => encode(frames) });
    decoding.push({ name, role, run: () => decode(file) });
  }
  const title = `${COUNT} frames of ${WIDTH}×${HEIGHT}, a scrolling text`;
  yield { id: "encode/animation", title: `encode ${title}; ours is a whole cartridge`, contenders: encoding };
  yield { id: "decode/animation", title: `decode ${title}, each its own file`, contenders: decoding };
}
