import { FileSocketError, type ClientReply, type FileSocketClient } from "@gvpie/file-socket";
import { RunError } from "./errors.ts";
import type { RunContext, RunnableScript, Runner } from "./types.ts";

/** What the runner needs of a file-socket client. */
export type RenderClient = Pick<FileSocketClient, "render" | "ping">;

/** Milliseconds without a reply after which the runner asks whether a renderer is there at all. */
const ASK_AFTER_MS = 250;
const PING_TIMEOUT_MS = 500;
/** Milliseconds that one request may take, at most and at least. */
const REQUEST_MS = 10_000;
const SHORTEST_REQUEST_MS = 250;

/**
 * Runs `gvpie` scripts: sends the program to the renderer that serves a directory. Without a renderer the run waits for one, as long
 * as the loop has patience. The client stays the caller's.
 */
export function createGvpieRunner({ client }: { readonly client: RenderClient }): Runner {
  /** When a request was first left without a renderer, on the clock of `performance.now()`; undefined while one answers. */
  let absentSince: number | undefined;

  async function request(script: RunnableScript, context: RunContext): Promise<ClientReply | undefined> {
    const startedAt = performance.now();
    // Once the renderer is missed, every run shares what is left of the patience.
    const patienceMs = context.patienceMs - (startedAt - (absentSince ?? startedAt));
    const timeoutMs = Math.ceil(Math.min(REQUEST_MS, Math.max(SHORTEST_REQUEST_MS, patienceMs)));
    const { width, height, background, params } = script.options;
    const { signal } = context;
    // Gives up the run's place as soon as it is clear that there is no renderer.
    let asking: AbortController | undefined;
    const ask = setTimeout(() => {
      asking = new AbortController();
      void noticeAbsence(asking.signal, context);
    }, ASK_AFTER_MS);
    try {
      const options = { width, height, background, params, signal, timeoutMs };
      const reply = await client.render(script.code, options);
      absentSince = undefined;
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      if (isNoServer(error)) {
        absentSince ??= startedAt;
        if (patienceMs > timeoutMs) return undefined;
        throw new RunError("NO_RENDERER", (error as Error).message, { cause: error });
      }
      absentSince = undefined;
      // A renderer has come, but the time of this request had been cut for want of one.
      const wasCut = timeoutMs < Math.min(REQUEST_MS, context.patienceMs);
      if (wasCut && isTimeout(error)) return undefined;
      throw error;
    } finally {
      clearTimeout(ask);
      asking?.abort();
    }
  }

  async function noticeAbsence(signal: AbortSignal, context: RunContext): Promise<void> {
    try {
      await client.ping({ signal, timeoutMs: PING_TIMEOUT_MS });
    } catch (error) {
      if (!signal.aborted && isNoServer(error)) context.waiting(true);
    }
  }

  return {
    async run(script, context) {
      for (;;) {
        const reply = await request(script, context);
        if (!reply) continue;
        const { width, height, data, backend, adapter } = reply;
        const program = script.code;
        const { background, params } = script.options;
        return {
          drawing: { frame: { width, height, data }, program, background, params, backend, adapter },
          stdout: `drew ${width}×${height} pixels`,
          stderr: "",
        };
      }
    },
  };
}

function isNoServer(error: unknown): boolean {
  return error instanceof FileSocketError && error.code === "FSOCK_NO_SERVER";
}

function isTimeout(error: unknown): boolean {
  return error instanceof FileSocketError && error.code === "FSOCK_TIMEOUT";
}
