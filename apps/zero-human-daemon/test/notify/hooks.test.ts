import type { ConditionChange } from "@gvpie/daemon";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { checkExecutable } from "../../src/notify/executable.ts";
import { createHooks, type Hooks, type HookOptions } from "../../src/notify/hooks.ts";

const SINCE = "2026-03-04T05:06:07.000Z";

function change(type: ConditionChange["type"], message: string, subject?: string): ConditionChange {
  const condition = { code: "NO_RENDERER", level: "error", message, since: SINCE } as const;
  return { type, condition, message, subject, lastedMs: type === "cleared" ? 420_400 : 0 };
}

interface Fixture {
  path(name: string): string;
  read(name: string): string;
  /** The messages that were logged, with their levels. */
  readonly lines: string[];
  /** Writes an executable, which runs in the directory. */
  script(name: string, body: string): string;
  hooks(options: Partial<HookOptions>): Hooks;
}

function setUp(): Fixture {
  const directory = temporaryDirectory();
  const lines: string[] = [];
  const path = (name: string): string => join(directory, name);
  const logAt =
    (level: string) =>
    (first: unknown, message?: string): void =>
      void lines.push(`${level} ${message ?? String(first)}`.replaceAll(`${directory}/`, ""));
  const log = { debug: logAt("debug"), info: logAt("info"), warn: logAt("warn") };
  return {
    path,
    lines,
    read: (name) => readFileSync(path(name), "utf8"),
    script(name, body) {
      writeFileSync(path(name), `#!/bin/sh\ncd '${directory}'\n${body}\n`);
      chmodSync(path(name), 0o755);
      return path(name);
    },
    hooks: (options) =>
      createHooks({
        files: { failure: undefined, recovery: undefined },
        db: "db/daemon.db",
        log,
        ...options,
      }),
  };
}

/** Lets the limits of hooks pass when the test says so: once the hook has begun, however long that takes. */
function useFakeLimits(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

test("a hook gets the facts of a change, and of the environment only four variables", async () => {
  const { script, hooks, read, lines } = setUp();
  const file = script("hook", 'env | sort | grep -Ev "^(_|PWD|OLDPWD|SHLVL)=" >> facts; echo - >> facts');
  const runner = hooks({ files: { failure: file, recovery: file } });
  process.env["SECRET"] = "not for hooks";
  runner.onCondition(change("raised", "no renderer", "box"));
  runner.onCondition(change("repeated", "no renderer", "box"));
  runner.onCondition(change("cleared", "a renderer answers again after 7 min"));
  await runner.close();
  delete process.env["SECRET"];
  const inherited = ["HOME", "LANG", "PATH", "TZ"].flatMap((name) =>
    process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`],
  );
  const facts = (event: string, message: string, subject: string, seconds: number): string[] => [
    "GVPIE_CODE=NO_RENDERER",
    `GVPIE_DB=${join(process.cwd(), "db/daemon.db")}`,
    `GVPIE_EVENT=${event}`,
    `GVPIE_HOST=${hostname()}`,
    `GVPIE_LASTED_SECONDS=${seconds}`,
    "GVPIE_LEVEL=error",
    `GVPIE_MESSAGE=${message}`,
    "GVPIE_MORE=0",
    `GVPIE_SINCE=${SINCE}`,
    `GVPIE_SUBJECT=${subject}`,
    ...inherited,
    "-",
  ];
  expect(read("facts").split("\n")).toEqual([
    ...facts("failure", "no renderer", "box", 0),
    ...facts("recovery", "a renderer answers again after 7 min", "", 420),
    "",
  ]);
  expect(lines).toEqual(["debug --on-failure hook succeeded", "debug --on-recovery hook succeeded"]);
});

test("hostile names and messages are one bounded line, and no part of a command", async () => {
  const { script, hooks, read, path } = setUp();
  const file = script("hook", 'printf "%s\\n%s\\n" "$GVPIE_SUBJECT" "$GVPIE_MESSAGE" > facts');
  const runner = hooks({ files: { failure: file, recovery: undefined } });
  const message = `${"😀".repeat(2_047)}a\u0000\n${"x".repeat(300_000)}`;
  runner.onCondition(change("raised", message, `$(touch ${path("owned")})\nBcc: x\u0000\u001b[31m; exit 3`));
  await runner.close();
  const [subject, text = "", ...rest] = read("facts").split("\n");
  expect(subject).toBe(`$(touch ${path("owned")})␊Bcc: x␀␛[31m; exit 3`);
  expect(text.startsWith("😀")).toBe(true);
  expect(text.length).toBeLessThanOrEqual(4_096);
  expect(rest).toEqual([""]);
  expect(existsSync(path("owned"))).toBe(false);
});

test("hooks run one at a time, in the order of the changes, and the loop does not wait for them", async () => {
  const { script, hooks, read, path } = setUp();
  const file = script(
    "hook",
    'mkdir lock || echo two >> log; echo "$GVPIE_MESSAGE" >> log; while [ ! -e go ]; do sleep 0.01; done; rmdir lock',
  );
  const runner = hooks({ files: { failure: file, recovery: undefined }, closeMs: 60_000 });
  for (const message of ["1", "2", "3"]) runner.onCondition(change("raised", message));
  await waitUntil(() => existsSync(path("log")) && read("log") !== "");
  expect(read("log")).toBe("1\n");
  writeFileSync(path("go"), "");
  await runner.close();
  expect(read("log")).toBe("1\n2\n3\n");
});

test("changes beyond a hundred that wait become one call an event", async () => {
  const { script, hooks, read, path } = setUp();
  const file = script(
    "hook",
    'while [ ! -e go ]; do sleep 0.01; done; echo "$GVPIE_EVENT $GVPIE_MORE $GVPIE_MESSAGE" >> log',
  );
  const runner = hooks({ files: { failure: file, recovery: file }, closeMs: 60_000 });
  for (let i = 1; i <= 101; i++) runner.onCondition(change("raised", `no ${i}`));
  for (let i = 1; i <= 3; i++) runner.onCondition(change("raised", `more ${i}`));
  for (let i = 1; i <= 2; i++) runner.onCondition(change("cleared", `end ${i}`));
  writeFileSync(path("go"), "");
  await runner.close();
  const calls = read("log").split("\n");
  expect(calls.slice(0, 3)).toEqual(["failure 0 no 1", "failure 0 no 2", "failure 0 no 3"]);
  expect(calls.slice(100)).toEqual([
    "failure 0 no 101",
    "failure 2 more 3; and 2 more",
    "recovery 1 end 2; and 1 more",
    "",
  ]);
});

describe("a hook that does not end", () => {
  test("gets SIGTERM at the time limit, and its children too", async () => {
    useFakeLimits();
    const { script, hooks, read, lines, path } = setUp();
    const file = script("slow", "echo begun; sleep 1000 & echo $! > child; mv child begun; wait");
    const runner = hooks({ files: { failure: file, recovery: undefined }, timeoutMs: 300, closeMs: 60_000 });
    runner.onCondition(change("raised", "x"));
    await waitUntil(() => existsSync(path("begun")));
    vi.advanceTimersByTime(300);
    await runner.close();
    expect(lines).toEqual(["warn --on-failure slow failed with SIGTERM at the time limit of 0.3 s: begun"]);
    await waitUntil(() => !isAlive(read("begun")));
  });

  test("gets SIGKILL if it ignores SIGTERM, and the next one runs", async () => {
    useFakeLimits();
    const { script, hooks, lines, path } = setUp();
    const file = script(
      "slow",
      '[ "$GVPIE_MESSAGE" = next ] && exit 0; trap "" TERM; touch begun; while :; do sleep 0.05; done',
    );
    const limits = { timeoutMs: 500, killMs: 100, closeMs: 60_000 };
    const runner = hooks({ files: { failure: file, recovery: undefined }, ...limits });
    runner.onCondition(change("raised", "x"));
    runner.onCondition(change("raised", "next"));
    await waitUntil(() => existsSync(path("begun")));
    vi.advanceTimersByTime(500);
    vi.advanceTimersByTime(100);
    await runner.close();
    expect(lines).toEqual([
      "warn --on-failure slow failed with SIGKILL at the time limit of 0.5 s",
      "debug --on-failure slow succeeded",
    ]);
  });

  test("is ended with the daemon, and the changes that wait are counted", async () => {
    const { script, hooks, lines, path } = setUp();
    const file = script("slow", "touch begun; exec sleep 1000");
    const runner = hooks({ files: { failure: file, recovery: undefined }, closeMs: 0 });
    for (let i = 0; i < 104; i++) runner.onCondition(change("raised", "x"));
    await waitUntil(() => existsSync(path("begun")));
    await runner.close();
    expect(lines).toEqual([
      "warn --on-failure slow failed with SIGTERM at the end of the daemon",
      "warn 103 changes were not passed to --on-failure and --on-recovery",
    ]);
    runner.onCondition(change("raised", "late"));
    await runner.close();
    expect(lines).toHaveLength(2);
  });

  test("counts as running until a child that it left behind has closed the output, or to the limit", async () => {
    useFakeLimits();
    const { script, hooks, read, lines, path } = setUp();
    const file = script("slow", "sleep 1000 & echo $$ > parent; mv parent begun");
    const runner = hooks({ files: { failure: file, recovery: undefined }, timeoutMs: 300, closeMs: 60_000 });
    runner.onCondition(change("raised", "x"));
    await waitUntil(() => existsSync(path("begun")) && !isAlive(read("begun")));
    vi.advanceTimersByTime(300);
    await runner.close();
    expect(lines).toEqual(["warn --on-failure slow failed with exit code 0 at the time limit of 0.3 s"]);
  });
});

test("the output of a hook is logged, at most 4 KiB, and a failure is a warning", async () => {
  const { script, hooks, lines } = setUp();
  const said = script("said", "echo sent to 3 people");
  const loud = script("loud", "yes abc | head -c 10000000; echo no mail >&2; exit 7");
  const runner = hooks({ files: { failure: loud, recovery: said } });
  runner.onCondition(change("raised", "x"));
  runner.onCondition(change("cleared", "x"));
  await runner.close();
  expect(lines[0]).toMatch(/^warn --on-failure loud failed with exit code 7: abc\nabc\n/);
  expect(lines[0]?.length).toBeLessThan(4_200);
  expect(lines[1]).toBe("info --on-recovery said: sent to 3 people");
});

test("a hook that disappeared, or cannot be executed any more, is a warning", async () => {
  const { hooks, lines, path } = setUp();
  writeFileSync(path("broken"), "#!/nonexistent/interpreter\n", { mode: 0o755 });
  const runner = hooks({ files: { failure: path("gone"), recovery: path("broken") } });
  runner.onCondition(change("raised", "x"));
  runner.onCondition(change("cleared", "x"));
  await runner.close();
  expect(lines).toEqual([
    "warn --on-failure gone failed with spawn gone ENOENT",
    "warn --on-recovery broken failed with spawn broken ENOENT",
  ]);
});

describe("an executable", () => {
  test("is found by an absolute or a relative path", () => {
    const file = setUp().script("hook", "");
    expect(checkExecutable("--on-failure", file)).toBe(file);
    expect(checkExecutable("--on-failure", relative(process.cwd(), file))).toBe(file);
  });

  test.each([
    ["gone", () => {}, "expected an executable file, got no such file"],
    ["folder", (path: string) => mkdirSync(path), "expected an executable file, got a directory"],
    [
      "data",
      (path: string) => writeFileSync(path, "", { mode: 0o644 }),
      "expected an executable file, got one that this user cannot execute; run chmod +x on it",
    ],
    [
      "open",
      (path: string) => {
        writeFileSync(path, "");
        chmodSync(path, 0o777);
      },
      "expected a file that other users cannot change, got one that they can; run chmod o-w on it",
    ],
  ])("that is %s is refused", (name, create, message) => {
    const path = setUp().path(name);
    create(path);
    expect(() => checkExecutable("--on-recovery", path)).toThrow(`--on-recovery ${path}: ${message}`);
  });
});
