import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

const LAUNCH = new URL("../launch.cjs", import.meta.url);

/** A directory with a launcher in `bin/`, and the given files. */
function app(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "gvpie-launch-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const folder of ["bin", "dist"]) mkdirSync(join(directory, folder));
  cpSync(LAUNCH, join(directory, "launch.cjs"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  writeFileSync(join(directory, "bin/app.cjs"), 'require("../launch.cjs")(__dirname);');
  for (const [name, source] of Object.entries(files)) writeFileSync(join(directory, name), source);
  return join(directory, "bin/app.cjs");
}

test.each([
  [{ "dist/main.js": 'console.log("built")' }, "built\n"],
  [
    { "bin/main.mjs": 'console.log("bundle", import.meta.filename.at(-1))', "dist/main.js": "" },
    "bundle s\n",
  ],
  [{ "bin/main.cjs": 'console.log("bundle", __filename.at(-1))', "dist/main.js": "" }, "bundle s\n"],
])("loads the bundle beside the launcher, or the last build: %j", (files, printed) => {
  expect(execFileSync(process.execPath, [app(files)], { encoding: "utf8" })).toBe(printed);
});

test.each(["20.19.0", "22.22.1", "23.11.0", "24.14.9", "25.1.0"])("refuses Node %s", (version) => {
  const path = app({ "dist/main.js": "console.log(1)" });
  const code = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("${path}")`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 78, stdout: "" });
  expect(stderr).toMatch(`expected Node ^22.22.2, ^24.15.0 or >=26, got ${version}.\nInstall a current Node`);
});

test("SIGUSR1 leaves no debugger open, not even while Node starts", { timeout: 60_000 }, async () => {
  const main = `import { url } from "node:inspector";
process.stdout.write("started ");
setTimeout(() => console.log("debugger", url()), 1_500);`;
  const path = app({ "dist/main.js": main });
  const signal = async (when: number | "started"): Promise<string> => {
    const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "ignore"] });
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    await (when === "started" ? once(child.stdout, "data") : sleep(when));
    child.kill("SIGUSR1");
    const [status, name] = (await once(child, "close")) as [number | null, string | null];
    return `${status ?? name} ${stdout}`;
  };
  const delays = Array.from({ length: 12 }, (_, index) => 4 + 5 * index);
  const [later, ...early] = await Promise.all([signal("started"), ...delays.map(signal)]);
  expect(later).toBe("0 started debugger undefined\n");
  // The signal ends a process whose Node has not set its handlers; a debugger that it has opened ends it a moment later.
  const allowed = /^(?:0 started debugger undefined\n|SIGUSR1 |SIGKILL started )$/;
  for (const ending of early) expect(ending).toMatch(allowed);
});

const isRoot = process.getuid?.() === 0;
const NOBODY_UID = 65_534;

describe("compiled code is cached only where no other user can change it", () => {
  /** Starts an app with this HOME; returns its result. */
  function start(home: string, variables: NodeJS.ProcessEnv = {}): ReturnType<typeof spawnSync> {
    const path = app({ "dist/main.js": 'console.log("ran")' });
    writeFileSync(path, 'require("../launch.cjs")(__dirname, true);');
    const env = { PATH: process.env["PATH"], HOME: home, ...variables };
    return spawnSync(process.execPath, [path], { encoding: "utf8", env, timeout: 60_000 });
  }

  function home(): string {
    const directory = mkdtempSync(join(tmpdir(), "gvpie-home-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    return directory;
  }

  test("in a new directory of mode 0700", () => {
    const directory = home();
    expect(start(directory)).toMatchObject({ status: 0, stdout: "ran\n" });
    expect(readdirSync(join(directory, ".cache/gvpie"))).toHaveLength(1);
    expect(statSync(join(directory, ".cache/gvpie")).mode & 0o777).toBe(0o700);
    const other = start(join(directory, "missing"), { XDG_CACHE_HOME: join(directory, "a/b") });
    expect(other).toMatchObject({ status: 0, stdout: "ran\n" });
    expect(readdirSync(join(directory, "a/b/gvpie"))).toHaveLength(1);
  });

  // Below /proc, creating directories recursively never returns.
  test.each(["/proc", "/proc/self/fd", "/dev/null", "/sys", "", "relative", "/dev/stdin"])(
    "not with HOME=%s, and the command still ends",
    (directory) => {
      expect(start(directory)).toMatchObject({ status: 0, stdout: "ran\n", stderr: "" });
      expect(existsSync("relative")).toBe(false);
    },
  );

  test("not in a home that does not exist, and which is not created", () => {
    const missing = join(home(), "missing");
    expect(start(missing)).toMatchObject({ status: 0, stdout: "ran\n", stderr: "" });
    expect(existsSync(missing)).toBe(false);
  });

  const UNSAFE: Record<string, (cache: string) => void> = {
    "a cache that its group can write": (cache) => chmodSync(cache, 0o770),
    "a cache that all can write": (cache) => chmodSync(cache, 0o777),
    "a sticky cache": (cache) => chmodSync(cache, 0o1777),
    "a parent that all can write": (cache) => chmodSync(join(cache, ".."), 0o777),
    "a file in its place": (cache) => {
      rmSync(cache, { recursive: true });
      writeFileSync(cache, "");
    },
    "a link to a directory that all can write": (cache) => {
      mkdirSync(`${cache}-2`);
      chmodSync(`${cache}-2`, 0o777);
      rmSync(cache, { recursive: true });
      symlinkSync(`${cache}-2`, cache);
    },
  };
  test.each(Object.entries(UNSAFE))("not in %s", (_name, change) => {
    const directory = home();
    const cache = join(directory, ".cache/gvpie");
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    change(cache);
    expect(start(directory)).toMatchObject({ status: 0, stdout: "ran\n", stderr: "" });
    expect(statSync(cache).isDirectory() ? readdirSync(cache) : []).toEqual([]);
  });

  test.skipIf(!isRoot)("not in a home of another user, where nothing is created", () => {
    const directory = home();
    chownSync(directory, NOBODY_UID, NOBODY_UID);
    expect(start(directory)).toMatchObject({ status: 0, stdout: "ran\n" });
    expect(readdirSync(directory)).toEqual([]);
    chownSync(directory, 0, 0);
    mkdirSync(join(directory, ".cache/gvpie"), { recursive: true });
    chownSync(join(directory, ".cache/gvpie"), NOBODY_UID, NOBODY_UID);
    expect(start(directory)).toMatchObject({ status: 0, stdout: "ran\n" });
    expect(readdirSync(join(directory, ".cache/gvpie"))).toEqual([]);
  });
});

/** A directory with a database of one script, which needs no renderer. */
const workspace = mkdtempSync(join(tmpdir(), "gvpie-launch-"));
beforeAll(() => {
  const add = "echo HALT | $GVPIE scripts add one - --lang pixel && $GVPIE scripts remove hello_gpu";
  const { status, stderr } = run(`cd $WORKSPACE && $GVPIE db init && ${add}`);
  if (status !== 0) throw new Error(`the workspace is not prepared: ${String(stderr)}`);
});
afterAll(() => rmSync(workspace, { recursive: true }));

/**
 * Runs a shell script in which the variables GVPIE, LOOP and RENDERER stand for the commands, and WORKSPACE for a directory with a
 * database.
 */
function run(script: string): ReturnType<typeof spawnSync> {
  const bin = (name: string): string => new URL(`../../${name}/bin/${name}.cjs`, import.meta.url).pathname;
  const env = {
    PATH: process.env["PATH"],
    GVPIE: bin("gvpie"),
    LOOP: bin("zero-human-daemon"),
    RENDERER: bin("gvpie-daemon"),
    WORKSPACE: workspace,
  };
  return spawnSync("sh", ["-c", script], { encoding: "utf8", env, timeout: 60_000, killSignal: "SIGKILL" });
}

// Creating a directory below /proc recursively never returns.
describe("a path where no directory can be created is an error, not an endless start", () => {
  test.each([
    ["exec $GVPIE db init --db /proc/a/b/x.db", 1],
    ["exec $RENDERER --backend cpu --dir /proc/a/b/c", 78],
    ["exec $LOOP --once --db /proc/a/b/x.db", 78],
    ["cd $WORKSPACE && exec $LOOP --once --dir $PWD/d --cartridges /proc/a/b", 1],
    ["cd $WORKSPACE && exec $LOOP --once --dir $PWD/d --cartridges /sys/a/b", 1],
  ])("%s", (script, status) => {
    const ended = run(script);
    expect({ status: ended.status, stderr: ended.stderr }).toMatchObject({ status });
    expect(ended.stderr).not.toContain("    at ");
  });
});

describe("an argument that is not UTF-8 is named with its bytes", () => {
  test.each([
    ["$LOOP --db a$(printf '\\351')", 'argument 2: expected UTF-8, got "a\\xe9"; rename'],
    ["$RENDERER --dir=$(printf '\\351')", 'argument 1: expected UTF-8, got "--dir=\\xe9"; rename'],
    ["GVPIE_DIR=$(printf '\\351') $RENDERER", 'variable GVPIE_DIR: expected UTF-8, got "\\xe9"; rename'],
  ])("%s", (script, says) => {
    const ended = run(script);
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain(says);
  });
});

describe("a closed stream is an error for the command that uses it", () => {
  test.each([
    ["$GVPIE --version >&-", 1, "cannot write to stdout: it is closed"],
    ["$GVPIE --help >&-", 1, "cannot write to stdout: it is closed"],
    ["$GVPIE db schema >&-", 1, "cannot write to stdout: it is closed"],
    ["echo HALT | $GVPIE render - >&-", 1, "cannot write to stdout: it is closed"],
    ["echo HALT | $GVPIE render - -o /dev/stdout >&-", 1, "cannot write"],
    ["echo HALT | $GVPIE format - >&-", 1, "cannot write to stdout: it is closed"],
    ["echo HALT | $GVPIE show - >&-", 1, "cannot write to stdout: it is closed"],
    ["echo FOO | $GVPIE check --json - >&-", 1, "cannot write to stdout: it is closed"],
    ["$GVPIE render - -o /dev/null <&-", 1, "cannot read stdin: it is closed"],
    ["$GVPIE check - <&-", 1, "cannot read stdin: it is closed"],
    ["$GVPIE --version > /dev/full", 1, "cannot write to stdout: the disk is full"],
    ["$LOOP --version >&-", 1, "cannot write to stdout"],
    ["cd $WORKSPACE && $LOOP --once --dir $PWD/d >&-", 1, "cannot write to stdout"],
    ["cd $WORKSPACE && $LOOP --once --dir $PWD/d > /dev/full", 1, "cannot write to stdout"],
    ["$RENDERER --help >&-", 1, "cannot write to stdout"],
    ["$RENDERER --help > /dev/full", 1, "cannot write to stdout"],
    ["$GVPIE nonsense 2>&-", 2, ""],
    // These need no stream that is closed.
    ["echo HALT | $GVPIE render - -o /dev/null >&- 2>&-", 0, ""],
    ["echo HALT | $GVPIE check - >&-", 0, "no errors"],
    ["$GVPIE --version <&- 2>&-", 0, ""],
    ["$GVPIE --version > /dev/null", 0, ""],
  ])("%s", (script, status, says) => {
    const ended = run(script);
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).not.toContain("    at ");
    expect(ended.status).toBe(status);
  });
});
