import type { ConditionChange } from "@gvpie/daemon";
import { coalesce } from "@gvpie/file-socket/process";
import { SettingsError } from "@gvpie/app-common/daemon";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Logger } from "pino";

const MAX_BODY_BYTES = 65_536;

export interface PingOptions {
  /** Begins with http:// or https://. Its path and its credentials are secrets, which no message contains. */
  readonly url: string;
  readonly version: string;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Default 60,000. */
  readonly intervalMs?: number | undefined;
  /** Default 10,000. */
  readonly deadlineMs?: number | undefined;
}

/** Requests an address while all is well, so that a monitor notices when the requests stop. */
export interface Pinger {
  onCondition(change: ConditionChange): void;
  /** Requests the address now and at each interval, while no error lasts. */
  start(): void;
  /** Reports once, at the end of the process: success or failure. */
  finish(isSuccess: boolean): Promise<void>;
  close(): void;
}

/** @throws {SettingsError} if the address cannot be requested. */
export function createPinger({
  url,
  version,
  log,
  intervalMs = 60_000,
  deadlineMs = 10_000,
}: PingOptions): Pinger {
  const success = parseAddress(url);
  const failure = new URL(success);
  failure.pathname = `${failure.pathname.replace(/\/+$/, "")}/fail`;
  const where = success.origin;
  const abort = new AbortController();
  /** The errors that last. */
  const errors = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isFailureReported = false;
  let isBroken = false;

  const send = async (address: URL): Promise<boolean> => {
    const problem = await get(address, version, deadlineMs, abort.signal);
    if (abort.signal.aborted) return false;
    if (problem !== undefined && !isBroken) {
      log.warn(`the ping of ${where} failed: ${problem}; tried again every ${intervalMs / 1000} s`);
    }
    if (problem === undefined && isBroken) log.info(`the ping of ${where} succeeds again`);
    isBroken = problem !== undefined;
    return problem === undefined;
  };
  const report = coalesce(async () => {
    if (abort.signal.aborted) return;
    if (errors.size === 0) {
      await send(success);
    } else if (!isFailureReported) {
      isFailureReported = await send(failure);
    }
  });
  return {
    onCondition({ type, condition, subject = "" }) {
      const key = `${condition.code} ${subject}`;
      const hadErrors = errors.size > 0;
      if (type === "cleared") errors.delete(key);
      if (type === "raised" && condition.level === "error") errors.add(key);
      if (hadErrors === errors.size > 0) return;
      isFailureReported = false;
      if (timer !== undefined) void report();
    },
    start() {
      timer ??= setInterval(() => void report(), intervalMs);
      void report();
    },
    async finish(isSuccess) {
      await send(isSuccess ? success : failure);
    },
    close() {
      clearInterval(timer);
      abort.abort();
    },
  };
}

function parseAddress(url: string): URL {
  const address = URL.parse(url);
  if (address === null || !/^https?:$/.test(address.protocol)) {
    // The address is not repeated, because it is a secret.
    throw new SettingsError(
      "--ping: expected an address such as https://example.com/key, got another text; the log does not repeat it",
    );
  }
  address.hash = "";
  return address;
}

/** Requests an address, and follows no redirect. Returns the problem, if there is one. */
async function get(
  address: URL,
  version: string,
  deadlineMs: number,
  stop: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const deadline = AbortSignal.timeout(deadlineMs);
  const request = address.protocol === "https:" ? requestHttps : requestHttp;
  try {
    const sent = request(address, {
      agent: false,
      headers: { "user-agent": `zero-human-daemon/${version}`, connection: "close" },
      signal: AbortSignal.any([deadline, stop]),
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const seconds = deadlineMs / 1000;
      resolve(deadline.aborted ? `no answer within ${seconds} s` : (error.code ?? error.name));
    });
    sent.on("response", (response) => {
      const status = response.statusCode ?? 0;
      const problem = status >= 200 && status < 300 ? undefined : `expected status 200, got ${status}`;
      let bytes = 0;
      response.on("data", ({ length }: Buffer) => {
        bytes += length;
        if (bytes > MAX_BODY_BYTES) response.destroy();
      });
      response.on("error", () => {});
      response.once("close", () => resolve(problem));
    });
    sent.end();
  } catch (error) {
    resolve(error instanceof Error ? error.name : String(error));
  }
  return promise;
}
