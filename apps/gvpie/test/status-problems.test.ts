import type { Overview, Worker } from "@gvpie/daemon/store";
import type { ServerStatus } from "@gvpie/file-socket";
import { describe, expect, test } from "vitest";
import { daemonsOf, type Here } from "../src/status/daemons.ts";
import type { Facts } from "../src/status/facts.ts";
import { problemsOf } from "../src/status/problems.ts";
import { statusLines } from "../src/status/text.ts";
import { TerminalText } from "../src/terminal-text.ts";

const NOW = Date.parse("2026-11-28T03:00:00.000Z");
const at = (msAgo: number): string => new Date(NOW - msAgo).toISOString();

type Changes = Partial<Omit<Worker, "state">> & { readonly state?: Partial<Worker["state"]> };

function worker({ state, ...changes }: Changes = {}): Worker {
  return {
    id: "a",
    host: "box",
    pid: 10,
    version: "1.2.3",
    startedAt: at(3_600_000),
    seenAt: at(3_000),
    ageMs: 3_000,
    stoppedAt: undefined,
    ...changes,
    state: {
      dir: "/run/gvpie",
      cartridges: "/srv",
      concurrency: 4,
      busy: 1,
      waiting: [],
      conditions: [],
      ...state,
    },
  };
}

interface Given {
  readonly workers?: readonly Worker[];
  readonly renderer?: ServerStatus;
  readonly overview?: Partial<Overview>;
  readonly errors?: Readonly<Record<string, string>>;
  readonly live?: readonly number[];
}

const RUNNING: ServerStatus = { state: "running", isProcessFound: true, pid: 99, heartbeatAgeMs: 200 };

function facts({
  workers = [worker()],
  renderer = RUNNING,
  overview,
  errors = {},
  live = [10],
}: Given): Facts {
  const here: Here = { host: "box", maxAgeMs: 60_000, isProcess: (pid) => live.includes(pid) };
  return {
    db: "db/daemon.db",
    now: NOW,
    daemons: daemonsOf(workers, here),
    renderers: [{ dir: "/run/gvpie", status: renderer }],
    overview: {
      scripts: { total: 3, enabled: 3, paused: 0, refused: 0 },
      pausedAt: undefined,
      workers,
      running: [],
      runningCount: 0,
      dueCount: 0,
      overdue: [],
      overdueCount: 0,
      nextDueInMs: 2_000,
      failures: { runs: 0, scripts: [] },
      ...overview,
    },
    errors: new Map(Object.entries(errors)),
  };
}

const GONE: ServerStatus = { state: "stale", isProcessFound: false, pid: 99, heartbeatAgeMs: 9_000 };
const NONE: ServerStatus = { state: "absent", isProcessFound: false };
const waiting = [{ lang: "gvpie", since: at(420_000), reason: "no renderer" }] as const;
const noRenderer = {
  code: "NO_RENDERER",
  level: "error",
  message: "no renderer answers",
  since: at(420_000),
} as const;
const late = (
  name: string,
  lang: "pixel" | "gvpie" | "python",
  lateMs: number,
): Overview["overdue"][number] => ({ name, lang, lateMs });

describe("problems", () => {
  test.each<[name: string, given: Given, expected: string[]]>([
    ["nothing is wrong", {}, []],
    [
      "no daemon has ever run",
      { workers: [] },
      ["NO_DAEMON no daemon runs the scripts; start zero-human-daemon --db db/daemon.db"],
    ],
    [
      "there is nothing to run",
      { workers: [], overview: { scripts: { total: 1, enabled: 0, paused: 0, refused: 0 } } },
      [],
    ],
    [
      "the daemon shut down gracefully",
      { workers: [worker({ stoppedAt: at(180_000), ageMs: 180_000, seenAt: at(180_000) })] },
      [
        "NO_DAEMON no daemon runs the scripts; the last one ended 3 min ago; start zero-human-daemon --db db/daemon.db",
      ],
    ],
    [
      "the daemon was killed: its process is gone",
      { workers: [worker({ ageMs: 25_000 })], live: [] },
      [
        "DAEMON_GONE the daemon on box, pid 10, was killed: its last report is 25 s old; start zero-human-daemon --db db/daemon.db",
      ],
    ],
    [
      "a daemon in a container, whose pid is not here, reports",
      { workers: [worker({ ageMs: 14_000 })], live: [] },
      [],
    ],
    [
      "a daemon on another host is late by less than --max-age",
      { workers: [worker({ host: "other", ageMs: 59_000 })], live: [] },
      [],
    ],
    [
      "the daemon is stopped",
      { workers: [worker({ ageMs: 125_000 })] },
      [
        "DAEMON_SILENT the daemon on box, pid 10, has not reported for 2 min: it is stopped, or its machine is down; restart it",
      ],
    ],
    [
      "the machine was started, and the daemon was not",
      { workers: [worker({ ageMs: undefined, seenAt: "2026-11-01T00:00:00.000Z" })] },
      [
        "DAEMON_GONE the daemon on box, pid 10, has not been started since the machine was, and reported last at 2026-11-01T00:00:00.000Z; start zero-human-daemon --db db/daemon.db",
      ],
    ],
    [
      "a killed daemon was replaced",
      {
        workers: [
          worker({ id: "b", startedAt: at(60_000) }),
          worker({ pid: 9, ageMs: 90_000, seenAt: at(90_000) }),
        ],
      },
      [],
    ],
    [
      "one of two daemons was killed",
      { workers: [worker({ id: "b" }), worker({ pid: 9, ageMs: 90_000, seenAt: at(90_000) })] },
      [
        "DAEMON_GONE the daemon on box, pid 9, was killed: its last report is 90 s old; start zero-human-daemon --db db/daemon.db",
      ],
    ],
    [
      "the renderer was killed: once, with the wait of the scripts",
      { renderer: GONE, workers: [worker({ state: { waiting, conditions: [noRenderer] } })] },
      [
        "RENDERER_GONE the renderer of /run/gvpie, pid 99, is gone: its last report is 9 s old, and gvpie scripts have waited for 7 min; start gvpie-daemon --dir /run/gvpie",
      ],
    ],
    [
      "the renderer is stopped",
      { renderer: { ...GONE, isProcessFound: true } },
      [
        "RENDERER_STUCK the renderer of /run/gvpie, pid 99, has not reported for 9 s: it is stopped or stuck; kill -CONT 99, or restart it",
      ],
    ],
    [
      "no renderer, and a script waits for it",
      { renderer: NONE, workers: [worker({ state: { waiting, conditions: [noRenderer] } })] },
      [
        "NO_RENDERER no renderer runs in /run/gvpie, and gvpie scripts have waited for 7 min; start gvpie-daemon --dir /run/gvpie",
      ],
    ],
    ["no renderer, and no script needs one", { renderer: NONE }, []],
    [
      "a renderer that reports, but does not answer",
      { workers: [worker({ state: { conditions: [noRenderer] } })] },
      ["NO_RENDERER no renderer answers (for 7 min)"],
    ],
    [
      "all slots are busy",
      {
        workers: [worker({ state: { busy: 4 } })],
        overview: { overdue: [late("a", "pixel", 130_000)], overdueCount: 12 },
      },
      ["OVERDUE 12 scripts are late, a by 2 min: all slots are busy; raise --concurrency, or the intervals"],
    ],
    [
      "python scripts that no daemon runs",
      { overview: { overdue: [late("snake", "python", 20_000)], overdueCount: 1 } },
      [
        "OVERDUE 1 script is late, snake by 20 s: no daemon starts them; check that one runs python scripts (--python)",
      ],
    ],
    [
      "late scripts of a language that waits are not reported twice",
      {
        renderer: NONE,
        workers: [worker({ state: { waiting } })],
        overview: { overdue: [late("g", "gvpie", 99_000)], overdueCount: 1 },
      },
      [
        "NO_RENDERER no renderer runs in /run/gvpie, and gvpie scripts have waited for 7 min; start gvpie-daemon --dir /run/gvpie",
      ],
    ],
    [
      "failing scripts, with their error and a name that a shell would split",
      {
        overview: { failures: { runs: 4, scripts: [{ id: 1, name: "it's", lang: "pixel", failures: 3 }] } },
        errors: { "it's": "PXL_UNKNOWN_OPCODE: expected an opcode" },
      },
      [
        String.raw`SCRIPT_FAILING it's failed in its last 3 runs: PXL_UNKNOWN_OPCODE: expected an opcode; gvpie runs list --failed --script 'it'\''s'`,
      ],
    ],
    [
      "all starts are paused: a note",
      { overview: { pausedAt: "2026-11-28T02:00:00.000Z" } },
      ["ALL_PAUSED all starts are paused since 2026-11-28T02:00:00.000Z; gvpie scripts resume --all"],
    ],
  ])("%s", (_, given, expected) => {
    expect(problemsOf(facts(given)).map(({ code, message }) => `${code} ${message}`)).toEqual(expected);
  });

  test("a thousand failing scripts take six lines", () => {
    const scripts = Array.from({ length: 100 }, (_, i) => ({
      name: `s${i}`,
      id: 1,
      lang: "pixel" as const,
      failures: 1,
    }));
    const problems = problemsOf(facts({ overview: { failures: { runs: 100, scripts } } }));
    expect(problems).toHaveLength(6);
    expect(problems.at(-1)?.message).toBe("95 more scripts fail; gvpie runs list --failed");
  });

  test("errors come first, then warnings, then notes", () => {
    const problems = problemsOf(
      facts({
        renderer: GONE,
        overview: {
          pausedAt: at(5),
          failures: { runs: 1, scripts: [{ id: 1, name: "a", lang: "pixel", failures: 1 }] },
        },
      }),
    );
    expect(problems.map(({ level }) => level)).toEqual(["error", "warn", "note"]);
  });
});

describe("lines", () => {
  const plain = (_: string, text: unknown): TerminalText =>
    text instanceof TerminalText ? text : TerminalText.trust(String(text));
  const textOf = (given: Given): string[] => {
    const all = facts(given);
    return statusLines(all, problemsOf(all), plain).map(({ text }) => text.trimEnd());
  };

  test("a machine where all is well", () => {
    const about = {
      version: "1.2.3",
      host: "box",
      startedAt: at(7_200_000),
      backend: "webgpu",
      adapter: "llvmpipe",
    };
    const running = [{ runId: 12, name: "hello", lang: "gvpie" as const, startedAt: at(3_000), worker: "a" }];
    expect(textOf({ renderer: { ...RUNNING, about }, overview: { running, runningCount: 1 } })).toEqual([
      "all is well",
      "",
      "daemon    running, version 1.2.3, pid 10 on box, since 2026-11-28T02:00:00Z (60 min), last heartbeat 3 s ago, 1 of 4 slots busy",
      "renderer  running, version 1.2.3, webgpu, adapter llvmpipe, pid 99 on box, since 2026-11-28T01:00:00Z (2 h), /run/gvpie",
      "scripts   3, 3 enabled",
      "running   1, hello for 3 s (run 12)",
      "due       next start in 2 s",
      "failed    0 runs in the last 24 h",
    ]);
  });

  test("hostile names and rows stay on their line", () => {
    const name = "a\nall is well\u001b[2J\u202e";
    const lines = textOf({
      workers: [
        worker({
          host: name,
          version: name,
          startedAt: name,
          state: { waiting: [{ lang: "gvpie", since: name, reason: name }] },
        }),
      ],
      overview: { failures: { runs: 1, scripts: [{ id: 1, name, lang: "pixel", failures: 1 }] } },
      errors: { [name]: name },
    });
    for (const part of ["\u001b", "\u202e", "NaN"]) expect(lines.join("\n")).not.toContain(part);
    expect(lines.filter((line) => line === "all is well␛[2J")).toEqual([]);
    expect(lines[0]).toBe("1 problem");
  });
});
