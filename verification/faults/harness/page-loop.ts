// The real zero-human-daemon with its page, for the cases about it.
import { readFileSync } from "node:fs";
import type { TestProcess } from "@gvpie/testing";
import { column, unsound } from "./operator-command.ts";
import { reportedRuns } from "./script-loop.ts";
import { startLoop, type StartOptions } from "./servers.ts";
import type { CleanupContext } from "./fault-case.ts";

/** A loop that serves its page. */
export interface PageLoop {
  readonly loop: TestProcess;
  readonly port: number;
  readonly token: string;
  /** Returns the status and the text of a reply; the status 0 if there was none within the time. */
  ask(path: string, options?: AskOptions): Promise<{ readonly status: number; readonly text: string }>;
  /** Ends the loop, and compares its reports with the database. */
  end(): Promise<Balance>;
}

interface AskOptions {
  readonly method?: "GET" | "POST";
  /** Default 5,000. */
  readonly timeoutMs?: number;
}

/** The runs of a loop, as it has reported them and as the database has them. */
export interface Balance {
  /** The exit status of the loop. */
  readonly exit: number | string;
  readonly reported: number;
  /** Runs that the loop has reported and the database does not have. */
  readonly lost: number;
  /** Runs of the database that the counters of the scripts do not have, and the other way round. */
  readonly miscounted: number;
  readonly failed: number;
  readonly unsound: readonly string[];
}

/** Starts the loop, and resolves once its page can be asked. */
export async function startPageLoop(
  context: CleanupContext,
  path: string,
  cartridges: string,
  { args = [], ...options }: StartOptions & { readonly args?: readonly string[] } = {},
): Promise<PageLoop> {
  const paths = ["--db", path, "--cartridges", cartridges, "--http", "127.0.0.1:0", "--log-format", "json"];
  const loop = startLoop(context, [...paths, ...args], options);
  await loop.waitForLine("; token in ");
  const [, port = "", file = ""] = /127\.0\.0\.1:(\d+)\/; token in ([^"]+)"/.exec(loop.stderr) ?? [];
  const token = readFileSync(file, "utf8").trim();
  const origin = `http://127.0.0.1:${port}`;
  return {
    loop,
    port: Number(port),
    token,
    async ask(target, { method = "GET", timeoutMs = 5_000 } = {}) {
      try {
        const reply = await fetch(origin + target, {
          method,
          redirect: "manual",
          signal: AbortSignal.timeout(timeoutMs),
          headers: { authorization: `Bearer ${token}`, connection: "close" },
          ...(method === "POST" && { body: new URLSearchParams() }),
        });
        return { status: reply.status, text: await reply.text() };
      } catch {
        return { status: 0, text: "" };
      }
    },
    async end() {
      const exit = await loop.kill("SIGTERM");
      const reported = reportedRuns(loop);
      const rows = new Set(column(path, "SELECT id FROM improvement_runs WHERE finished_at IS NOT NULL"));
      const [counted] = column(path, "SELECT sum(run_count) FROM improvement_scripts");
      const [failed] = column(path, "SELECT count(*) FROM improvement_runs WHERE success = 0");
      return {
        exit,
        reported: reported.length,
        lost: reported.filter((id) => !rows.has(String(id))).length,
        miscounted: Math.abs(Number(counted) - rows.size),
        failed: Number(failed),
        unsound: unsound(path),
      };
    },
  };
}

/** True if nothing is lost and the loop has shut down gracefully. */
export function isBalanced(balance: Balance | undefined): boolean {
  if (balance === undefined) return false;
  const { exit, reported, lost, miscounted, failed } = balance;
  return exit === 0 && reported > 0 && lost + miscounted + failed + balance.unsound.length === 0;
}
