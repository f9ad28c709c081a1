import { type ClientFrames, FileSocketError, type FileSocketClient } from "@gvpie/file-socket";
import { setTimeout as sleep } from "node:timers/promises";
import type { Frame } from "@gvpie/raster";
import { RunError } from "../errors.ts";
import type { RunContext, RunnableScript, Runner } from "../types.ts";
import { drawnText, type Frames, pictureOf } from "./pixel-runner.ts";
import { waitToRetry } from "./use-capability.ts";

/** Every frame of an animation, or one picture. */
type Answer = Omit<ClientFrames, "queuedMs" | "renderMs">;

/** The methods of a file-socket client that the runner uses. */
export type RenderClient = Pick<FileSocketClient, "render" | "renderFrames" | "ping">;

/** Milliseconds without a reply after which the runner pings the renderer. */
const PING_AFTER_MS = 250;
const PING_TIMEOUT_MS = 500;
/** Milliseconds without any reply after which at most one unanswered run keeps its concurrency slot. */
const SILENT_MS = 1_000;
/** Bounds of the timeout of one request in milliseconds. */
const MAX_REQUEST_MS = 10_000;
const MIN_REQUEST_MS = 250;

/**
 * Creates a runner for `gvpie` scripts: sends the program to the renderer behind a file socket. Without a renderer, a run waits up to
 * `patienceMs` for one. The caller closes the client.
 *
 * Requests of a run with a capability carry it. There are no pings then, because each would count against the capability: a missing
 * renderer is noticed when the first request times out. A run that the capability's rate or counts delay waits within its time limit.
 */
export function createGvpieRunner({ client }: { readonly client: RenderClient }): Runner {
  /** Start, by `performance.now()`, of the first request that found no renderer; undefined while one answers. */
  let absentSince: number | undefined;
  /** True once a ping was not answered, until a renderer replies: runs wait from their start. */
  let isSilent = false;
  /** Time of the last answer to any request, by `performance.now()`. */
  let answeredAt = -Infinity;
  /** The requests without a reply, oldest first. */
  const unanswered = new Set<RunContext>();

  function noteAnswer(context: RunContext, renderMs: number): void {
    absentSince = undefined;
    isSilent = false;
    answeredAt = performance.now();
    context.waiting(false, answeredAt - renderMs);
  }

  /** Sends one request; undefined if it is to be retried. */
  async function request(script: RunnableScript, context: RunContext): Promise<Answer | undefined> {
    const startedAt = performance.now();
    // All runs share one deadline, counted from the first request that found no renderer.
    const patienceMs = context.patienceMs - (startedAt - (absentSince ?? startedAt));
    const timeoutMs = Math.ceil(Math.min(MAX_REQUEST_MS, Math.max(MIN_REQUEST_MS, patienceMs)));
    const { width, height, background, params } = script.options;
    const { signal } = context;
    const capability = context.capability?.forRenderer();
    if (isSilent) context.waiting(true, startedAt);
    // Frees the run's concurrency slot before the request times out.
    let ping: AbortController | undefined;
    const startPings = (): void => {
      ping = new AbortController();
      void watchForSilence(ping.signal, context, startedAt);
    };
    const timer = capability === undefined ? setTimeout(startPings, PING_AFTER_MS) : undefined;
    const stopWatch = watchReply(context, startedAt);
    try {
      const options = { width, height, background, params, signal, timeoutMs, capability };
      // First only frame 0, so that a renderer older than animations draws every other program. One that knows capabilities is not
      // older, and each request counts.
      if (capability === undefined) {
        const reply = await client.render(script.code, options);
        noteAnswer(context, reply.renderMs);
        const { data, ...facts } = reply;
        if (facts.animation === undefined) return { ...facts, frames: [data] };
      }
      const all = await client.renderFrames(script.code, options);
      noteAnswer(context, all.renderMs);
      return all;
    } catch (error) {
      signal.throwIfAborted();
      if (hasCode(error, "FSOCK_NO_SERVER")) {
        absentSince ??= startedAt;
        if (capability !== undefined) isSilent = true;
        if (patienceMs > timeoutMs) return undefined;
        throw new RunError("NO_RENDERER", (error as Error).message, { cause: error });
      }
      if (hasCode(error, "FSOCK_TIMEOUT")) {
        absentSince = undefined;
      } else {
        noteAnswer(context, 0);
      }
      if (capability !== undefined && hasCode(error, "FSOCK_BUSY")) {
        await waitToRetry(error, context);
        return undefined;
      }
      // A renderer appeared, but this request had a shortened timeout: retry.
      const wasShortened = timeoutMs < Math.min(MAX_REQUEST_MS, context.patienceMs);
      if (wasShortened && hasCode(error, "FSOCK_TIMEOUT")) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      stopWatch();
      ping?.abort();
    }
  }

  /**
   * Gives the slot of a run back if the renderer answers no run and this is not the oldest. So a renderer that never replies occupies
   * one slot, whether it answers pings or not.
   */
  function watchReply(context: RunContext, startedAt: number): () => void {
    let timer: NodeJS.Timeout | undefined;
    const check = (): void => {
      const [oldest] = unanswered;
      const silentMs = performance.now() - Math.max(answeredAt, startedAt);
      if (silentMs >= SILENT_MS && oldest !== context) return context.holdSlot(false);
      timer = setTimeout(check, Math.max(SILENT_MS - silentMs, SILENT_MS / 4));
    };
    unanswered.add(context);
    timer = setTimeout(check, SILENT_MS);
    return () => {
      clearTimeout(timer);
      unanswered.delete(context);
      context.holdSlot(true);
    };
  }

  /** Pings the renderer until the signal is aborted; reports the run as waiting if there is none, or a stopped one. */
  async function watchForSilence(signal: AbortSignal, context: RunContext, startedAt: number): Promise<void> {
    while (!signal.aborted) {
      const pingedAt = performance.now();
      try {
        await client.ping({ signal, timeoutMs: PING_TIMEOUT_MS }).catch((error: unknown) => {
          // A renderer that refuses pings, or is busy, answers.
          if (!(error instanceof FileSocketError) || error.replyCode === undefined) throw error;
        });
        await sleep(PING_AFTER_MS, undefined, { signal });
      } catch {
        // A ping may wait behind many requests of a renderer that answers them.
        if (signal.aborted || answeredAt > pingedAt) continue;
        isSilent = true;
        context.waiting(true, startedAt);
        return;
      }
    }
  }

  return {
    async run(script, context) {
      for (;;) {
        const reply = await request(script, context);
        if (!reply) continue;
        const { width, height, animation, backend, adapter } = reply;
        const size = { width, height, ...(animation && { animation }) };
        const [first, ...rest] = reply.frames.map((data) => ({ ...size, data })) as [Frame, ...Frame[]];
        const drawn: Frames = [first, ...rest];
        const program = script.code;
        const { background, params } = script.options;
        return {
          drawing: { ...pictureOf(drawn), program, background, params, backend, adapter },
          stdout: drawnText(drawn),
          stderr: "",
        };
      }
    },
  };
}

function hasCode(error: unknown, code: FileSocketError["code"]): boolean {
  return error instanceof FileSocketError && error.code === code;
}
