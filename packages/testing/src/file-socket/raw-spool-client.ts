import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { monotonicFactory } from "ulid";
import { waitUntil } from "../wait-until.ts";
import { readSpoolReply, type SpoolReply } from "./spool-reply.ts";

const newId = monotonicFactory();

/** The single steps of a client that speaks the spool protocol (docs/file-socket.md). */
export class RawSpoolClient {
  readonly name: string;
  /** The directory that receives its replies. */
  readonly replyDirectory: string;
  readonly #v1: string;

  /** `name` is `<pid>-<start ticks>-<random>`; zeros stand for unknown values. */
  constructor(dir: string, name = `0-0-${newId().slice(10)}`) {
    this.name = name;
    this.#v1 = `${dir}/v1`;
    this.replyDirectory = `${this.#v1}/out/${name}`;
    mkdirSync(this.replyDirectory, { mode: 0o700 });
  }

  requestPath(id: string): string {
    return `${this.#v1}/new/${id}.${this.name}.req`;
  }

  replyPath(id: string): string {
    return `${this.replyDirectory}/${id}.rep`;
  }

  /** Submits a render of `code`; `fields` are added to the request. Returns the request's id. */
  render(code: string, fields: object = {}): string {
    const id = newId();
    const request = { op: "render_program", id, code, width: 4, height: 2, format: "RGBA", ...fields };
    this.submit(id, JSON.stringify(request));
    return id;
  }

  /** Submits any content: writes it in `tmp`, then renames it into `new`. */
  submit(id: string, content: string | Buffer): void {
    const staged = `${this.#v1}/tmp/${id}.${this.name}.req`;
    writeFileSync(staged, content, { flag: "wx" });
    renameSync(staged, this.requestPath(id));
  }

  hasReply(id: string): boolean {
    return existsSync(this.replyPath(id));
  }

  /** Waits for the reply, reads it and removes its file. */
  async reply(id: string, timeoutMs?: number): Promise<SpoolReply> {
    await waitUntil(() => this.hasReply(id), { timeoutMs });
    const reply = readSpoolReply(readFileSync(this.replyPath(id)));
    rmSync(this.replyPath(id));
    return reply;
  }
}
