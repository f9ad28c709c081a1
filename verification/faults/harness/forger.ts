// Forges the replies of a server as a process of the same user can: places its own as soon as a request is there, replaces genuine
// ones by rename, and overwrites them in place. Reports how many, until SIGTERM. Argument: {"dir", "audience", "holder"}, with the
// capability of the forger.
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { type Holder, keyObjectOf } from "./issuer.ts";
import { report } from "./report-line.ts";
import { bytesOfRequest, signRequest } from "./signed-request.ts";

/** A request and, once there is one, its genuine reply. */
interface Target {
  readonly id: string;
  readonly client: string;
  /** SHA-256 of the head of the request; undefined if its file was gone. */
  readonly requestSha256: string | undefined;
  readonly reply: Buffer | undefined;
}

interface Header {
  readonly [key: string]: unknown;
}

const { dir, audience, holder } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly dir: string;
  readonly audience: string;
  readonly holder: Omit<Holder, "key">;
};
const v1 = `${dir}/v1`;
const over = new AbortController();
process.once("SIGTERM", () => over.abort());

const own = generateKeyPairSync("ed25519");
const { x } = own.publicKey.export({ format: "jwk" });
const self = new RawSpoolClient(dir);
const key = keyObjectOf(holder.jwk);
/** White pixels, which no program of the case draws. */
const PIXELS = Buffer.alloc(128 * 64 * 4, 0xff);
const WHITE = "COLOR 255 255 255\nRECT 0 0 128 64\n";
const forged: Record<string, number> = {};
const hashes = new Map<string, string>();
const done = new Set<string>();
/** Clients whose requests have the ids of requests of the forger. */
const borrowed = new Map<string, string>();
/** A genuine reply, to be sent again. */
let genuine: Buffer | undefined;
let turn = 0;

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function split(reply: Buffer): { header: Header; payload: Buffer } {
  const start = 8 + reply.readUInt32LE(4);
  return { header: JSON.parse(reply.toString("utf8", 8, start)) as Header, payload: reply.subarray(start) };
}

function join(header: Header | string, payload: Buffer): Buffer {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const prefix = Buffer.alloc(8);
  prefix.write("GVR1", "latin1");
  prefix.writeUInt32LE(Buffer.byteLength(text), 4);
  return Buffer.concat([prefix, Buffer.from(text), payload]);
}

/** A reply that a client without a capability accepts. */
function plain(id: string): Header {
  return {
    id,
    status: "ok",
    width: 128,
    height: 64,
    format: "RGBA",
    bytes: PIXELS.length,
    crc32: crc32(PIXELS),
    backend: "cpu",
    adapter: "cpu",
    queuedMs: 0,
    renderMs: 0,
  };
}

/** A reply in which everything fits but the key. */
function signed({ id, requestSha256 = sha256(PIXELS) }: Target): Buffer {
  const header = { ...plain(id), requestSha256, payloadSha256: sha256(PIXELS), serverKey: x };
  const text = JSON.stringify(header).slice(0, -1);
  const signature = sign(null, Buffer.from(`GVR1${text}`), own.privateKey).toString("base64url");
  return join(`${text},"signature":"${signature}"}`, PIXELS);
}

/** Has the server sign its reply to another program under the id of this request; it is placed when it is there. */
function borrow({ id, client }: Target): undefined {
  const fields = { width: 128, height: 64 };
  const asked = { holder: { text: holder.text, key }, audience, client: self.name, id, code: WHITE, fields };
  const request = signRequest(asked);
  self.submit(id, bytesOfRequest(request));
  borrowed.set(id, client);
}

/** Forgeries of the reply to a request; undefined where one needs a genuine reply and there is none. */
const KINDS: Readonly<Record<string, (target: Target) => Buffer | undefined>> = {
  unsigned: ({ id }) => join(plain(id), PIXELS),
  "signed by another key": signed,
  "signed by the server for another request with this id": borrow,
  "other pixels under the signature": ({ reply }) => reply && join(split(reply).header, PIXELS),
  "another header under the signature": ({ reply }) =>
    reply && join({ ...split(reply).header, queuedMs: 77_777, adapter: "forged" }, split(reply).payload),
  "the reply to another request": () => genuine,
  "the reply to another request with this id": ({ id }) =>
    genuine && join({ ...split(genuine).header, id }, split(genuine).payload),
  "an error": ({ id }) => {
    const none = Buffer.alloc(0);
    const error = { status: "forbidden", code: "CAP_EXPIRED", message: "forged", line: null, column: null };
    return join(
      { id, status: "forbidden", bytes: 0, crc32: crc32(none), error: { ...error, diagnostics: [] } },
      none,
    );
  },
};
const NAMES = Object.keys(KINDS);

function count(kind: string): void {
  forged[kind] = (forged[kind] ?? 0) + 1;
}

/** Returns the next forgery; undefined if it comes later, or needs a genuine reply. */
function forge(target: Target): Buffer | undefined {
  const kind = NAMES[turn++ % NAMES.length] ?? "";
  const made = KINDS[kind]?.(target);
  if (made !== undefined) count(kind);
  return made;
}

function replyPath({ id, client }: Pick<Target, "id" | "client">): string {
  return `${v1}/out/${client}/${id}.rep`;
}

function byRename(path: string, content: Buffer): void {
  const staged = `${v1}/tmp/forged-${process.pid}`;
  writeFileSync(staged, content);
  renameSync(staged, path);
}

function inPlace(path: string, content: Buffer): void {
  const fd = openSync(path, "r+");
  writeSync(fd, content, 0, content.length, 0);
  ftruncateSync(fd, content.length);
  closeSync(fd);
}

/** Answers some requests before the server does. */
function answerRequests(folder: "new" | "run"): void {
  for (const name of readdirSync(`${v1}/${folder}`)) {
    const [id = "", client = ""] = name.split(".");
    if (hashes.has(id) || client === self.name) continue;
    attempt(() => {
      const request = readFileSync(`${v1}/${folder}/${name}`);
      const requestSha256 = sha256(request.subarray(0, 8 + request.readUInt32LE(4)));
      hashes.set(id, requestSha256);
      if (turn % 2 === 0 && genuine !== undefined) return void turn++;
      const made = forge({ id, client, requestSha256, reply: undefined });
      if (made !== undefined) byRename(replyPath({ id, client }), made);
      done.add(id);
    });
  }
}

/** Changes the replies that the server has written. */
function changeReplies(): void {
  for (const client of readdirSync(`${v1}/out`)) {
    if (client === self.name) continue;
    for (const name of names(`${v1}/out/${client}`)) {
      const id = name.replace(/\.rep$/, "");
      if (done.has(id) || !name.endsWith(".rep")) continue;
      done.add(id);
      attempt(() => {
        const path = replyPath({ id, client });
        const reply = readFileSync(path);
        const made = forge({ id, client, requestSha256: hashes.get(id), reply });
        genuine = reply;
        if (made === undefined) return;
        if (turn % 3 === 0) byRename(path, made);
        else inPlace(path, made);
      });
    }
  }
}

/** Gives the replies to the forger's own requests to the clients of the requests with the same ids. */
function placeBorrowed(): void {
  for (const name of readdirSync(self.replyDirectory)) {
    const id = name.replace(/\.rep$/, "");
    const client = borrowed.get(id);
    if (client === undefined) continue;
    borrowed.delete(id);
    renameSync(`${self.replyDirectory}/${name}`, replyPath({ id, client }));
    count("signed by the server for another request with this id");
  }
}

function names(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

/** The client or the server may have removed the file meanwhile. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

report({ type: "forging" });
while (!over.signal.aborted) {
  for (let passes = 0; passes < 20; passes++) {
    attempt(() => answerRequests("new"));
    attempt(() => answerRequests("run"));
    attempt(placeBorrowed);
    attempt(changeReplies);
  }
  await nextTurn();
}
report({ type: "done", forged });
