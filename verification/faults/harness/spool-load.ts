import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeReply } from "@gvpie/file-socket/internal";
import { pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { type Asked, bytesOfRequest, signRequest } from "./signed-request.ts";

/** A small picture, and one whose reply file is large enough to be handed back to the server for reuse. */
const SIZES = [
  { width: 4, height: 2 },
  { width: 400, height: 200 },
];
const TTL_MS = 30_000;
/** Milliseconds between a deadline and the moment at which a busy machine sees the reply. */
const SLACK_MS = 5_000;

/** The requests of a spool client by outcome. */
export interface SpoolTally {
  requests: number;
  /** Replies by status. */
  readonly statuses: Record<string, number>;
  /** Replies with the picture of another program. */
  wrong: number;
  /** Second replies to one request. */
  duplicates: number;
  /** Requests without a reply at their deadline. */
  late: number;
}

interface Pending {
  readonly code: string;
  readonly size: (typeof SIZES)[number];
  readonly submittedAt: number;
}

/** Renders through the spool, with or without a running server, and checks every reply. */
export class SpoolLoad {
  readonly tally: SpoolTally = { requests: 0, statuses: {}, wrong: 0, duplicates: 0, late: 0 };
  readonly #client: RawSpoolClient;
  readonly #holder: Pick<Asked, "holder" | "audience"> | undefined;
  readonly #spare: string;
  readonly #pending = new Map<string, Pending>();
  readonly #done = new Set<string>();

  /** With a `holder`, each request has its capability, for the server with the thumbprint `audience`. */
  constructor(dir: string, holder?: Pick<Asked, "holder" | "audience">) {
    this.#holder = holder;
    this.#client = new RawSpoolClient(dir);
    this.#spare = `${dir}/v1/tmp/${this.#client.name}.spare`;
  }

  /** Milliseconds that the oldest pending request has waited. */
  get oldestMs(): number {
    const [first] = this.#pending.values();
    return first === undefined ? 0 : performance.now() - first.submittedAt;
  }

  /** Keeps three requests pending until `over` aborts. */
  async run(over: AbortSignal): Promise<void> {
    for (let number = 0; !over.aborted; number++) {
      while (this.#pending.size < 3) this.#submit(number++);
      await sleep(4);
      this.#collect();
    }
  }

  /** Waits for the pending replies and removes the client's files. */
  async finish(): Promise<void> {
    while (this.#pending.size > 0) {
      await sleep(4);
      this.#collect();
    }
    rmSync(this.#spare, { force: true });
    rmSync(this.#client.replyDirectory, { recursive: true });
  }

  #submit(number: number): void {
    const size = SIZES[number % SIZES.length] ?? { width: 1, height: 1 };
    const code = `${number % 5 === 4 ? "!bad" : "good"}\n${number}`;
    const id = this.#render(code, { ...size, ttlMs: TTL_MS });
    this.#pending.set(id, { code, size, submittedAt: performance.now() });
    this.tally.requests++;
  }

  #render(code: string, fields: object): string {
    if (this.#holder === undefined) return this.#client.render(code, fields);
    const client = this.#client.name;
    const request = signRequest({ ...this.#holder, client, code, fields, claims: { ttlMs: TTL_MS } });
    this.#client.submit(request.id, bytesOfRequest(request));
    return request.id;
  }

  #collect(): void {
    for (const name of readdirSync(this.#client.replyDirectory)) {
      const path = `${this.#client.replyDirectory}/${name}`;
      const content = readFileSync(path);
      this.#check(name.replace(/\.rep$/, ""), content);
      if (content.length > 65_536 && !existsSync(this.#spare)) {
        renameSync(path, this.#spare);
      } else {
        rmSync(path);
      }
    }
    for (const [id, { submittedAt }] of this.#pending) {
      if (performance.now() - submittedAt < TTL_MS + SLACK_MS) continue;
      this.tally.late++;
      this.#pending.delete(id);
    }
  }

  #check(id: string, content: Buffer): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      this.tally.duplicates += Number(this.#done.has(id));
      return;
    }
    this.#pending.delete(id);
    this.#done.add(id);
    const { header, payload } = decodeReply(content);
    this.tally.statuses[header.status] = (this.tally.statuses[header.status] ?? 0) + 1;
    if (header.status !== "ok") return;
    const expected = pattern({ code: pending.code, ...pending.size }).data;
    this.tally.wrong += Number(!expected.equals(payload) || header.id !== id);
  }
}
