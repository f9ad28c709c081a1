import { decodeCartridge, decodePng, encodeCartridge, encodePng, type Frame } from "@gvpie/cartridge";
import type { Contender, Race } from "../harness.ts";
import { type Picture, pictures } from "../pictures.ts";
import { pngPeers } from "../png-peers.ts";
import { animationRaces } from "./animation.ts";

/** Encoding and decoding: pixels only beside the peers, whole cartridges with text and checksum without a peer, and an animation. */
export async function* pngRaces(): AsyncGenerator<Race> {
  for (const picture of pictures()) {
    yield await encoding(picture);
    yield await decoding(picture);
    yield await cartridges(picture);
  }
  yield* animationRaces();
}

async function encoding({ id, title, frame }: Picture): Promise<Race> {
  const contenders: Contender[] = [await encoder("ours", "ours", frame, (f) => encodePng(f))];
  for (const { name, encode } of pngPeers) {
    if (encode) contenders.push(await encoder(name, "peer", frame, encode));
  }
  return { id: `encode/${id}`, title: `encode ${title}, pixels only`, contenders };
}

async function encoder(
  name: string,
  role: "ours" | "peer",
  frame: Frame,
  encode: (frame: Frame) => Uint8Array | Promise<Uint8Array>,
): Promise<Contender> {
  const png = await encode(frame);
  const decoded = await decodePng(png);
  if (!same(decoded.data, frame.data)) throw new Error(`${name} did not encode the picture`);
  return { name, role, bytes: png.length, run: () => encode(frame) };
}

/** Every decoder reads the file that our encoder writes. */
async function decoding({ id, title, frame }: Picture): Promise<Race> {
  const png = await encodePng(frame);
  const contenders: Contender[] = [{ name: "ours", role: "ours", run: () => decodePng(png) }];
  for (const { name, decode } of pngPeers) {
    if (!decode) continue;
    if (!same(await decode(png), frame.data)) throw new Error(`${name} did not decode the picture`);
    contenders.push({ name, role: "peer", run: () => decode(png) });
  }
  return { id: `decode/${id}`, title: `decode ${title}, our own file, pixels only`, contenders };
}

async function cartridges({ id, title, frame }: Picture): Promise<Race> {
  const options = { program: "TXT 10 10 Hello GPU", language: "1", createdAt: new Date(0) };
  const png = await encodeCartridge(frame, options);
  return {
    id: `cartridge/${id}`,
    title: `a whole cartridge with text and checksum, ${title}`,
    contenders: [
      await encoder("encodeCartridge", "ours", frame, (f) => encodeCartridge(f, options)),
      { name: "decodeCartridge", role: "ours", run: () => decodeCartridge(png) },
    ],
  };
}

function same(a: Uint8Array | Uint8ClampedArray, b: Uint8ClampedArray): boolean {
  return Buffer.compare(view(a), view(b)) === 0;
}

const view = (data: Uint8Array | Uint8ClampedArray): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);
