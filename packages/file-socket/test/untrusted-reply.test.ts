// A process of the same user can write any file into the directory. A client with a capability accepts no reply but that of the
// server which it asked, to the request that it sent.
import { linkSync, openSync, closeSync, symlinkSync, writeFileSync } from "node:fs";
import {
  createFileSocketClient,
  type FileSocketClient,
  type FileSocketError,
  RequestError,
} from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { readSignedReply } from "../src/client/signed-reply.ts";
import { decodeReply } from "../src/protocol/reply.ts";
import { sha256Of } from "../src/protocol/signed-head.ts";
import {
  CAPABILITY,
  errorReply,
  HandServer,
  pictureReply,
  pongReply,
  signerOf,
  type TakenRequest,
  withHeader,
} from "./support/hand-server.ts";
import { OTHER_KEY, SERVER, SERVER_KEY } from "./support/keys.ts";

const SIZE = { width: 4, height: 2 };
/** Above 1 MiB, the checksum covers 64 bytes of every 4,096. */
const LARGE = { width: 700, height: 600 };
const refusal = new RequestError({
  status: "forbidden",
  code: "CAP_EXPIRED",
  message: "expected before 12:00",
});

function connect(): [HandServer, FileSocketClient] {
  const server = new HandServer();
  const client = createFileSocketClient({ dir: server.dir, capability: CAPABILITY });
  onTestFinished(() => client.close());
  return [server, client];
}

function flip(reply: Buffer, offset: number): Buffer {
  const changed = Buffer.from(reply);
  const at = offset < 0 ? reply.length + offset : offset;
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}

/** Moves the last bytes of the head into the payload, or back. */
function shift(reply: Buffer, bytes: number): Buffer {
  const changed = Buffer.from(reply);
  changed.writeUInt32LE(changed.readUInt32LE(4) + bytes, 4);
  return changed;
}

interface Forgery {
  readonly genuine: Buffer;
  readonly request: TakenRequest;
  /** A genuine reply to another request of the same client. */
  readonly earlier: Buffer;
  /** The id of that request. */
  readonly earlierId: string;
}

const picture = pattern({ code: "x", ...SIZE });
const other = pattern({ code: "y", ...SIZE });
const foreign = (request: TakenRequest): Buffer =>
  pictureReply(request.id, picture, signerOf(request, OTHER_KEY));

test.each<[string, RegExp, (forgery: Forgery) => Buffer]>([
  ["the first pixel", /pixels with the SHA-256/, ({ genuine }) => flip(genuine, -32)],
  ["the last pixel", /pixels with the SHA-256/, ({ genuine }) => flip(genuine, -1)],
  [
    "all pixels",
    /pixels with the SHA-256/,
    ({ genuine }) => Buffer.concat([genuine.subarray(0, -32), other.data]),
  ],
  [
    "all pixels, with a checksum",
    /signature of the header/,
    ({ genuine, request }) => {
      const { header } = decodeReply(pictureReply(request.id, other));
      return withHeader(Buffer.concat([genuine.subarray(0, -32), picture.data]), { crc32: header.crc32 });
    },
  ],
  [
    "the hash of the pixels",
    /signature of the header/,
    ({ genuine }) => withHeader(genuine, { payloadSha256: sha256Of(other.data) }),
  ],
  [
    "the width and the height",
    /signature of the header/,
    ({ genuine }) => withHeader(genuine, { width: 2, height: 4 }),
  ],
  ["the backend", /signature of the header/, ({ genuine }) => withHeader(genuine, { backend: "webgpu" })],
  ["the timings", /signature of the header/, ({ genuine }) => withHeader(genuine, { renderMs: 0 })],
  [
    "an animation",
    /signature of the header/,
    ({ genuine }) => withHeader(genuine, { frames: 1, delayMs: 40 }),
  ],
  [
    "the id",
    /signature of the header/,
    ({ genuine }) => withHeader(genuine, { id: "01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
  ],
  ["another key", /signature of the header/, ({ genuine }) => withHeader(genuine, { more: 1 })],
  [
    "ok in place of an error",
    /not a reply file/,
    ({ request }) =>
      withHeader(errorReply(request.id, refusal, signerOf(request)), { status: "ok", width: 4 }),
  ],
  [
    "a pong in place of an error",
    /signature of the header/,
    ({ request }) =>
      withHeader(errorReply(request.id, refusal, signerOf(request)), { status: "ok", error: undefined }),
  ],
  [
    "an error in place of ok",
    /not a reply file/,
    ({ genuine }) => withHeader(genuine, { status: "forbidden" }),
  ],
  [
    "another error code",
    /signature of the header/,
    ({ request }) => {
      const reply = errorReply(request.id, refusal, signerOf(request));
      return withHeader(reply, { error: { ...decodeReply(reply).header.error, code: "CAP_REVOKED" } });
    },
  ],
  [
    "the signature",
    /signature of the header/,
    ({ genuine }) => withHeader(genuine, { signature: "A".repeat(86) }),
  ],
  [
    "the signature of another reply",
    /signature of the header/,
    ({ genuine, earlier }) => withHeader(genuine, { signature: decodeReply(earlier).header.signature }),
  ],
  [
    "a signature of another type",
    /without a signature/,
    ({ genuine }) => withHeader(genuine, { signature: 1 }),
  ],
  [
    "no signature",
    /without a signature: a picture or a pong/,
    ({ request }) => pictureReply(request.id, picture),
  ],
  [
    "an error without a signature",
    /without a signature: the error "CAP_EXPIRED": "expected before/,
    ({ request }) => errorReply(request.id, refusal),
  ],
  [
    "busy without a signature",
    /without a signature: the error "FSOCK_OVERLOADED"/,
    ({ request }) =>
      errorReply(
        request.id,
        new RequestError({ status: "busy", code: "FSOCK_OVERLOADED", message: "wait", retryAfterMs: 1 }),
      ),
  ],
  ["another server's reply", /expected the server kPrK\S+, got/, ({ request }) => foreign(request)],
  [
    "another server's reply with this server's key",
    /signature of the header/,
    ({ request }) => withHeader(foreign(request), { serverKey: SERVER_KEY.x }),
  ],
  [
    "another server's key and this one's signature",
    /expected the server/,
    ({ genuine }) => withHeader(genuine, { serverKey: OTHER_KEY.x }),
  ],
  ["no key at all", /expected the server/, ({ genuine }) => withHeader(genuine, { serverKey: "" })],
  ["the reply to another request", /expected the reply to \w+, got one to/, ({ earlier }) => earlier],
  [
    "the reply to another request with this id",
    /signature of the header/,
    ({ earlier, request }) => withHeader(earlier, { id: request.id }),
  ],
  [
    "an old reply to the same id",
    /the reply to the request \w+, got one to/,
    ({ request }) =>
      pictureReply(request.id, picture, {
        ...signerOf(request),
        requestSha256: sha256Of(Buffer.from("old")),
      }),
  ],
  [
    "the hash of another request",
    /signature of the header/,
    ({ genuine }) => withHeader(genuine, { requestSha256: "0".repeat(64) }),
  ],
  ["a shorter head", /not a reply file/, ({ genuine }) => shift(genuine, -32)],
  ["a longer head", /not a reply file/, ({ genuine }) => shift(genuine, 32)],
  ["a head beyond the file", /not a reply file/, ({ genuine }) => shift(genuine, 1 << 20)],
  ["the magic", /not a reply file/, ({ genuine }) => flip(genuine, 0)],
  ["half of it", /not a reply file/, ({ genuine }) => genuine.subarray(0, genuine.length / 2)],
  ["all but the last byte", /not a reply file/, ({ genuine }) => genuine.subarray(0, -1)],
  ["one more byte", /not a reply file/, ({ genuine }) => Buffer.concat([genuine, Buffer.alloc(1)])],
  ["an empty file", /not a reply file/, () => Buffer.alloc(0)],
])("a forger who changes %s is not believed", async (_, message, forge) => {
  const [server, client] = connect();
  const before = client.render("y", SIZE);
  const first = await server.next();
  const earlier = pictureReply(first.id, other, signerOf(first));
  server.publish(first, earlier);
  await before;
  for (const into of [undefined, new Uint8ClampedArray(32)]) {
    const call = client.render("x", { ...SIZE, into });
    const request = await server.next();
    const genuine = pictureReply(request.id, picture, signerOf(request));
    server.publish(request, forge({ genuine, request, earlier, earlierId: first.id }));
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "FSOCK_UNTRUSTED_REPLY" });
    expect((error as Error).message).toMatch(message);
  }
  const after = client.ping();
  const request = await server.next();
  server.publish(request, pongReply(request.id, signerOf(request)));
  await after;
});

test.each([undefined, new Uint8ClampedArray(LARGE.width * LARGE.height * 4)])(
  "a byte that the checksum of a large picture does not cover is not changed unnoticed",
  async (into) => {
    const [server, client] = connect();
    const call = client.render("x", { ...LARGE, into });
    const request = await server.next();
    const genuine = pictureReply(request.id, pattern({ code: "x", ...LARGE }), signerOf(request));
    const changed = flip(genuine, -2_000);
    expect(() => decodeReply(changed)).not.toThrow();
    server.publish(request, changed);
    await expect(call).rejects.toMatchObject({ code: "FSOCK_UNTRUSTED_REPLY" });
  },
);

test("a frame of an animation cannot be dropped, repeated or exchanged", async () => {
  const [server, client] = connect();
  const frames = [1, 2, 3].map((value) => Buffer.alloc(32, value));
  const animation = { frames: 3, delayMs: 40 };
  for (const order of [[0], [0, 0, 2], [1, 0, 2], [0, 2, 1]]) {
    const call = client.renderFrames("x", SIZE);
    const request = await server.next();
    const all = { ...picture, data: Buffer.concat(frames), animation };
    const { header } = decodeReply(pictureReply(request.id, all, signerOf(request)));
    const data = Buffer.concat(order.map((index) => frames[index] ?? Buffer.alloc(0)));
    const forged = pictureReply(request.id, { ...all, data });
    server.publish(request, withHeader(forged, { ...header, bytes: data.length }));
    await expect(call).rejects.toMatchObject({ code: "FSOCK_UNTRUSTED_REPLY" });
  }
});

test.each([
  ["symbolic link", (from: string, to: string) => symlinkSync(from, to)],
  ["hard link", (from: string, to: string) => linkSync(from, to)],
])("a %s to a genuine reply is not read", async (name, place) => {
  const [server, client] = connect();
  const call = client.render("x", SIZE);
  const request = await server.next();
  const path = `${server.tree.run}/genuine`;
  writeFileSync(path, pictureReply(request.id, picture, signerOf(request)));
  place(path, `${server.tree.out}/${request.client}/${request.id}.rep`);
  await expect(call).rejects.toMatchObject({ code: "FSOCK_UNTRUSTED_REPLY" });
  await expect(call).rejects.toThrow(`got: ${name}`);
});

test("no change of one byte is accepted", () => {
  const id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const signer = {
    requestSha256: sha256Of(Buffer.from("head")),
    serverKey: SERVER_KEY.x,
    key: SERVER_KEY.key,
  };
  const expected = { id, server: SERVER, requestSha256: signer.requestSha256 };
  const path = `${temporaryDirectory()}/reply`;
  const isAccepted = (bytes: Buffer): boolean => {
    writeFileSync(path, bytes);
    const fd = openSync(path, "r");
    try {
      readSignedReply(fd, bytes.length, undefined, expected);
      return true;
    } catch (error) {
      if ((error as FileSocketError).code === "FSOCK_UNTRUSTED_REPLY") return false;
      throw error;
    } finally {
      closeSync(fd);
    }
  };
  const genuine = pictureReply(id, picture, signer);
  expect(isAccepted(genuine)).toBe(true);
  const accepted = [...genuine.keys()].filter((offset) => {
    const changed = Buffer.from(genuine);
    // Another bit at each offset.
    changed.writeUInt8(genuine.readUInt8(offset) ^ (1 << (offset % 7)), offset);
    return isAccepted(changed);
  });
  expect(accepted).toEqual([]);
});
