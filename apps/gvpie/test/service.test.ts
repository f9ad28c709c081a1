import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRoot, skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, onTestFinished, test, type TestContext } from "vitest";
import { serviceFiles } from "../src/service/files.ts";
import { quoted } from "../src/service/quoted.ts";
import type { Flavour, UnitOptions } from "../src/service/units.ts";
import { gvpie } from "./support/gvpie.ts";

const DEPLOY = fileURLToPath(new URL("../../../deploy/systemd", import.meta.url));
const FLAVOURS: readonly Flavour[] = ["system", "user"];
/** Of 10, the most exposed: `systemd-analyze security`. */
const MAX_EXPOSURE = 2;

function deployed(flavour: Flavour): { readonly path: string; readonly content: string }[] {
  return serviceFiles({ flavour, bin: "/usr/local/bin" }).map(({ path, content }) => {
    const folder = path.endsWith(".service") ? flavour : basename(dirname(path));
    return { path: join(DEPLOY, folder, basename(path)), content };
  });
}

/** A directory with the two daemons as programs. */
function commandsIn(directory: string): string {
  const bin = join(directory, "bin");
  mkdirSync(bin);
  for (const name of ["gvpie-daemon", "zero-human-daemon"]) {
    writeFileSync(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
  }
  return bin;
}

/** Writes the units below a directory. Returns their paths. */
function unitsIn(directory: string, options: Omit<UnitOptions, "bin">): string[] {
  const bin = commandsIn(directory);
  return serviceFiles({ ...options, bin })
    .filter(({ path }) => path.endsWith(".service"))
    .map(({ path, content }) => {
      const file = join(directory, basename(path));
      writeFileSync(file, content);
      return file;
    });
}

function needsSystemd(context: TestContext): void {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
    skipVisibly(context, "expected systemd-analyze; apt-get install systemd");
  }
}

test("the files in deploy/systemd are those of the command", () => {
  const files = FLAVOURS.flatMap(deployed);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    for (const { path, content } of files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }
  for (const { path, content } of files) expect(readFileSync(path, "utf8")).toBe(content);
  const names = readdirSync(DEPLOY, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(names).toHaveLength(files.length);
});

describe("systemd", () => {
  test.for([
    { flavour: "system" },
    { flavour: "user" },
    { flavour: "system", db: '/srv/my data 100%/"db".sqlite', cartridges: "/srv/é\\$x" },
    { flavour: "user", db: "/srv/my data 100%/db.sqlite" },
    { flavour: "system", nodeDirectory: "/opt/node 24/bin" },
  ] as const)("finds nothing to say about %j", (options, context) => {
    needsSystemd(context);
    const files = unitsIn(temporaryDirectory(), options);
    const { stdout, stderr, status } = spawnSync(
      "systemd-analyze",
      [...(options.flavour === "user" ? ["--user"] : []), "verify", "--man=no", ...files],
      { encoding: "utf8", env: { ...process.env, XDG_RUNTIME_DIR: temporaryDirectory() } },
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
  });

  test("says something about a key that it does not know", (context) => {
    needsSystemd(context);
    const [file = ""] = unitsIn(temporaryDirectory(), { flavour: "system" });
    writeFileSync(file, readFileSync(file, "utf8").replace("PrivateTmp=", "PrivateTemp="));
    const { stderr, status } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    expect({ stderr, status }).toEqual({ stderr: expect.stringContaining("PrivateTemp"), status: 0 });
  });

  test("finds the sandbox of both daemons tight", (context) => {
    needsSystemd(context);
    for (const file of unitsIn(temporaryDirectory(), { flavour: "system" })) {
      const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], {
        encoding: "utf8",
      });
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      expect(Number(exposure)).toBeLessThanOrEqual(MAX_EXPOSURE);
    }
  });

  test("reads the definitions of the user and of the directories", (context) => {
    needsSystemd(context);
    const root = temporaryDirectory();
    for (const { path, content } of serviceFiles({ flavour: "system", bin: "/usr/local/bin" }, root)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    execFileSync("systemd-sysusers", ["--root", root], { stdio: "pipe" });
    expect(readFileSync(join(root, "etc/passwd"), "utf8")).toMatch(
      /^gvpie:x:\d+:\d+:GVPIE daemons:\/var\/lib\/gvpie:/m,
    );
    if (!isRoot) return;
    execFileSync("systemd-tmpfiles", ["--create", "--root", root, join(root, "etc/tmpfiles.d/gvpie.conf")], {
      stdio: "pipe",
    });
    for (const name of ["run/gvpie", "var/lib/gvpie"]) expect(existsSync(join(root, name))).toBe(true);
  });
});

test.each([
  ["/usr/local/bin", "/usr/local/bin"],
  ["GVPIE_DB=/a/b", "GVPIE_DB=/a/b"],
  ["/a b", '"/a b"'],
  ["/100%", "/100%%"],
  ['/a"b\\c', '"/a\\"b\\\\c"'],
  ["/é", '"/é"'],
])("the path %j is %s in a unit", (path, expected) => {
  expect(quoted(path)).toBe(expected);
});

describe("gvpie service install", () => {
  test("writes the files of a system below --root, and the same again is up to date", async () => {
    const root = join(temporaryDirectory(), "image");
    const args = ["service", "install", "--system", "--root", root, "--bin", "/usr/local/bin"];
    const first = await gvpie(args);
    expect(first).toMatchObject({ status: 0, stdout: "" });
    const written = serviceFiles({ flavour: "system", bin: "/usr/local/bin" }, root);
    for (const { path, content } of written) {
      expect(readFileSync(path, "utf8")).toBe(content);
      expect(first.stderr).toContain(`created ${path}\n`);
    }
    expect(first.stderr).toContain("  systemctl enable --now gvpie-daemon zero-human-daemon\n");
    const second = await gvpie(args);
    expect(second.status).toBe(0);
    expect(second.stderr.match(/is up to date/g)).toHaveLength(written.length);
  });

  test("keeps a file that was changed, and writes no other, unless --force is given", async () => {
    const root = temporaryDirectory();
    const args = ["service", "install", "--system", "--root", root, "--bin", "/usr/local/bin"];
    const [renderer = "", loop = ""] = serviceFiles({ flavour: "system", bin: "/" }, root).map(
      ({ path }) => path,
    );
    mkdirSync(dirname(loop), { recursive: true });
    writeFileSync(loop, "mine\n");
    const refused = await gvpie(args);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toBe(
      `gvpie service install: expected no other content in ${loop}; --force replaces it, and settings of your own belong into a drop-in: systemctl edit\n`,
    );
    expect(readFileSync(loop, "utf8")).toBe("mine\n");
    expect(existsSync(renderer)).toBe(false);
    const forced = await gvpie([...args, "--force"]);
    expect(forced).toMatchObject({ status: 0, stderr: expect.stringContaining(`replaced ${loop}\n`) });
    expect(readFileSync(loop, "utf8")).toContain("ExecStart=/usr/local/bin/zero-human-daemon\n");
  });

  test("--user writes below the home directory, with the commands and the Node that it finds", async () => {
    const home = temporaryDirectory();
    const bin = commandsIn(home);
    const PATH = `relative:${bin}:${process.env["PATH"]}`;
    const db = join(home, "db/daemon.db");
    const { status, stderr } = await gvpie(["service", "install", "--user", "--db", db], {
      env: { HOME: home, PATH },
    });
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining("systemctl --user daemon-reload"),
    });
    const unit = readFileSync(join(home, ".config/systemd/user/zero-human-daemon.service"), "utf8");
    expect(unit).toContain(`ExecStart=${bin}/zero-human-daemon\n`);
    expect(unit).toContain(`Environment=GVPIE_DB=${db}\n`);
    expect(unit).toContain(`PATH=${dirname(process.execPath)}:`.slice(5));
    expect(unit).not.toMatch(/^(?:User|ProtectHome)=/m);
  });

  test.skipIf(!isRoot)(
    "commands that are links into a directory that the units hide are refused",
    async () => {
      const bin = join("/var", `gvpie-${process.pid}`);
      const target = commandsIn(temporaryDirectory());
      symlinkSync(target, bin);
      onTestFinished(() => rmSync(bin));
      const { status, stderr } = await gvpie(["service", "install", "--system", "--bin", bin]);
      expect(status).toBe(1);
      expect(stderr).toContain(
        `gvpie-daemon: expected a path outside of /home, /root and /tmp, which the units hide`,
      );
      expect(stderr).toContain(`got ${target}/gvpie-daemon; install it with npm`);
    },
  );

  test("--dry-run prints the files and writes none", async () => {
    const { status, stdout, stderr } = await gvpie([
      "service",
      "install",
      "--dry-run",
      "--bin",
      "/usr/local/bin",
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const { path, content } of serviceFiles({ flavour: "system", bin: "/usr/local/bin" })) {
      expect(stdout).toContain(`# ${path}\n${content}`);
    }
  });

  test.each([
    [[], 2, "expected --system or --user, got neither"],
    [["--system", "--user"], 2, "expected --system or --user, got both"],
    [["--user", "--root", "/x"], 2, "expected --root with --system, got it with --user"],
    [
      ["--system", "--root", "x", "--bin", "/opt", "--db", "/srv/a\nb"],
      2,
      "expected a path without control characters",
    ],
    [
      ["--system", "--bin", "/nonexistent"],
      1,
      "expected an executable gvpie-daemon in /nonexistent, got none",
    ],
    [
      ["--system", "--root", "x", "--bin", "/home/me/bin"],
      1,
      "which the units hide from the daemons, got /home/me/bin; install them with npm",
    ],
    [
      ["--system", "--root", "x", "--bin", "/opt", "--db", "/tmp/db"],
      1,
      "--db: expected a path outside of /home, /root and /tmp",
    ],
    [
      ["--system"],
      1,
      "expected gvpie-daemon in PATH, got none; install it, or name its directory with --bin",
    ],
  ])("%j: exit code %i", async (args, status, message) => {
    const cwd = temporaryDirectory();
    const result = await gvpie(["service", "install", ...args], { cwd, env: { PATH: "/usr/bin:/bin" } });
    expect(result).toMatchObject({ status, stdout: "", stderr: expect.stringContaining(message) });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("a directory that cannot be made is an error", async () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, "etc"), "");
    const args = ["service", "install", "--system", "--root", root, "--bin", "/opt"];
    const { status, stderr } = await gvpie(args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("not a directory") });
    expect(readdirSync(root)).toEqual(["etc"]);
  });
});
