import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { newId } from "../../src/protocol/names.ts";
import { decodeReply, type ReplyHeader } from "../../src/protocol/reply.ts";
import { until } from "./until.ts";

/** The single steps of a spool client. */
export class RawClient {
  readonly name: string;
  readonly mailbox: string;
  readonly #v1: string;

  constructor(dir: string, name = `0-0-${newId().slice(10)}`) {
    this.name = name;
    this.#v1 = `${dir}/v1`;
    this.mailbox = `${this.#v1}/out/${name}`;
    mkdirSync(this.mailbox, { mode: 0o700 });
  }

  requestPath(id: string): string {
    return `${this.#v1}/new/${id}.${this.name}.req`;
  }

  replyPath(id: string): string {
    return `${this.mailbox}/${id}.rep`;
  }

  /** Submit a render of `code`, with other fields where given. Returns its id. */
  render(code: string, fields: object = {}): string {
    const id = newId();
    const request = { op: "render_program", id, code, width: 4, height: 2, format: "RGBA", ...fields };
    this.submit(id, JSON.stringify(request));
    return id;
  }

  submit(id: string, content: string | Buffer): void {
    const staged = `${this.#v1}/tmp/${id}.${this.name}.req`;
    writeFileSync(staged, content, { flag: "wx" });
    renameSync(staged, this.requestPath(id));
  }

  hasReply(id: string): boolean {
    return existsSync(this.replyPath(id));
  }

  /** Read and remove the reply, as soon as it is there. */
  async reply(id: string, timeoutMs?: number): Promise<{ header: ReplyHeader; payload: Uint8Array }> {
    await until(() => this.hasReply(id), timeoutMs);
    const reply = decodeReply(readFileSync(this.replyPath(id)));
    rmSync(this.replyPath(id));
    return reply;
  }
}
