// Forges the replies of a server as a process of the same user can: places its own as soon as a request is there, replaces genuine
// ones by rename, and overwrites them in place. Reports how many, until SIGTERM. Argument: {"dir"}.
import { generateKeyPairSync, sign } from "node:crypto";
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
import { report } from "./report-line.ts";

const { dir } = JSON.parse(process.argv[2] ?? "{}") as { dir: string };
const v1 = `${dir}/v1`;
const over = new AbortController();
process.once("SIGTERM", () => over.abort());

const own = generateKeyPairSync("ed25519");
const { x } = own.publicKey.export({ format: "jwk" });
/** White pixels, which no program of the case draws. */
const PIXELS = Buffer.alloc(128 * 64 * 4, 0xff);
const forged: Record<string, number> = {};
/** A genuine reply, to be sent again. */
let genuine: Buffer | undefined;
let turn = 0;

interface Header {
  readonly [key: string]: unknown;
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

/** Forgeries of the reply to a request, from a genuine one if there is one. */
const KINDS: Readonly<Record<string, (id: string, reply: Buffer | undefined) => Buffer | undefined>> = {
  unsigned: (id) => join(plain(id), PIXELS),
  "signed by another key": (id, reply) => {
    const { signature: _, ...header } = reply === undefined ? plain(id) : split(reply).header;
    const text = JSON.stringify({ ...header, id, serverKey: x, crc32: crc32(PIXELS) }).slice(0, -1);
    const signature = sign(null, Buffer.from(`GVR1${text}`), own.privateKey).toString("base64url");
    return join(`${text},"signature":"${signature}"}`, PIXELS);
  },
  "other pixels under the signature": (_id, reply) => reply && join(split(reply).header, PIXELS),
  "another header under the signature": (_id, reply) => {
    if (reply === undefined) return undefined;
    const { header, payload } = split(reply);
    return join({ ...header, queuedMs: 77_777, adapter: "forged" }, payload);
  },
  "the reply to another request": () => genuine,
  "the reply to another request with this id": (id) =>
    genuine && join({ ...split(genuine).header, id }, split(genuine).payload),
  "an error": (id) => {
    const none = Buffer.alloc(0);
    const error = {
      status: "forbidden",
      code: "CAP_EXPIRED",
      message: "forged",
      line: null,
      column: null,
      diagnostics: [],
    };
    return join({ id, status: "forbidden", bytes: 0, crc32: crc32(none), error }, none);
  },
};
const NAMES = Object.keys(KINDS);

function forge(id: string, reply: Buffer | undefined): Buffer {
  const kind = NAMES[turn++ % NAMES.length] ?? "";
  const made = KINDS[kind]?.(id, reply);
  const isMade = made !== undefined;
  const name = isMade ? kind : "unsigned";
  forged[name] = (forged[name] ?? 0) + 1;
  return made ?? join(plain(id), PIXELS);
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

const done = new Set<string>();

/** Acts once for each request: one half is answered before the server does it, the other half is changed afterwards. */
function pass(): void {
  for (const folder of ["new", "run"]) {
    for (const name of readdirSync(`${v1}/${folder}`)) {
      const [id = "", client = ""] = name.split(".");
      if (done.has(id) || turn % 2 === 0) continue;
      attempt(() => byRename(`${v1}/out/${client}/${id}.rep`, forge(id, undefined)));
      done.add(id);
    }
  }
  for (const client of readdirSync(`${v1}/out`)) {
    for (const name of names(`${v1}/out/${client}`)) {
      const id = name.replace(/\.rep$/, "");
      if (done.has(id) || !name.endsWith(".rep")) continue;
      attempt(() => {
        const path = `${v1}/out/${client}/${name}`;
        const reply = readFileSync(path);
        const content = forge(id, reply);
        genuine = reply;
        if (turn % 3 === 0) byRename(path, content);
        else inPlace(path, content);
      });
      done.add(id);
    }
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
  for (let passes = 0; passes < 20; passes++) attempt(pass);
  await nextTurn();
}
report({ type: "done", forged });
