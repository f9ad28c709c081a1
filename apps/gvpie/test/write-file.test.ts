import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isRoot, NOBODY_UID, runProcess, skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test, type TestContext } from "vitest";
import { gvpie, SHELL_COMMAND } from "./support/gvpie.ts";

const PROGRAM = "TXT 1 1 hi\n";
const PNG = /^\u0089PNG/;

/** Returns a directory with a program and a file with old content. */
function folder(): string {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, "x.pxl"), PROGRAM);
  writeFileSync(join(cwd, "old"), "old content");
  return cwd;
}

function head(path: string): string {
  return readFileSync(path, "latin1").slice(0, 11);
}

function render(cwd: string, output: string): ReturnType<typeof gvpie> {
  return gvpie(["render", "x.pxl", "-o", output], { cwd });
}

/** Runs the command in a shell; `GVPIE` stands for it. */
function shell(cwd: string, script: string, wrapper: readonly string[] = []): ReturnType<typeof runProcess> {
  return runProcess("sh", ["-c", script.replaceAll("GVPIE", SHELL_COMMAND)], { cwd, input: "", wrapper });
}

describe("a file keeps its mode, owner, links and attributes when a command writes it", () => {
  test.each([0o600, 0o640, 0o664, 0o666, 0o755, 0o2775, 0o4755])("mode %o", async (mode) => {
    const cwd = folder();
    chmodSync(join(cwd, "old"), mode);
    const { ino } = statSync(join(cwd, "old"));
    expect(await render(cwd, "old")).toMatchObject({ status: 0 });
    expect(statSync(join(cwd, "old")).mode & 0o7777).toBe(mode);
    // It is replaced in one step.
    expect(statSync(join(cwd, "old")).ino).not.toBe(ino);
    expect(readdirSync(cwd).sort()).toEqual(["old", "x.pxl"]);
  });

  test("a program that format writes", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "messy.pxl"), "halt  \n");
    chmodSync(join(cwd, "messy.pxl"), 0o660);
    linkSync(join(cwd, "messy.pxl"), join(cwd, "other.pxl"));
    expect(await gvpie(["format", "--write", "messy.pxl"], { cwd })).toMatchObject({ status: 0 });
    expect(readFileSync(join(cwd, "other.pxl"), "utf8")).toBe("HALT\n");
    expect(statSync(join(cwd, "other.pxl"))).toMatchObject({ nlink: 2, mode: 0o100_660 });
  });

  test("its hard links", async () => {
    const cwd = folder();
    linkSync(join(cwd, "old"), join(cwd, "other"));
    expect(await render(cwd, "old")).toMatchObject({ status: 0 });
    expect(head(join(cwd, "other"))).toMatch(PNG);
    expect(statSync(join(cwd, "other"))).toMatchObject({ nlink: 2, size: statSync(join(cwd, "old")).size });
  });

  test("its owner and group", async (context) => {
    requireRoot(context);
    const cwd = folder();
    chownSync(join(cwd, "old"), NOBODY_UID, NOBODY_UID);
    chmodSync(join(cwd, "old"), 0o664);
    expect(await render(cwd, "old")).toMatchObject({ status: 0 });
    expect(statSync(join(cwd, "old"))).toMatchObject({ uid: NOBODY_UID, gid: NOBODY_UID, mode: 0o100_664 });
    chownSync(join(cwd, "old"), 0, NOBODY_UID);
    expect(await render(cwd, "old")).toMatchObject({ status: 0 });
    expect(statSync(join(cwd, "old"))).toMatchObject({ uid: 0, gid: NOBODY_UID });
  });

  test("its extended attributes and ACL", async (context) => {
    const cwd = folder();
    const python = (code: string): string =>
      execFileSync("python3", ["-c", `import os, sys\np = "old"\n${code}`], {
        cwd,
        encoding: "utf8",
        stdio: "pipe",
      });
    // user rw-, another user rw-, group ---, mask rw-, other ---
    const acl = [
      "02000000",
      "01000600ffffffff",
      "02000600feff0000",
      "04000000ffffffff",
      "10000600ffffffff",
      "20000000ffffffff",
    ].join("");
    const set = `os.setxattr(p, "user.note", b"kept")\nos.setxattr(p, "system.posix_acl_access", bytes.fromhex("${acl}"))`;
    try {
      python(set);
    } catch (error) {
      skipVisibly(context, `this file system has no attributes: ${String(error).split("\n").at(-2)}`);
    }
    const get = 'print(os.getxattr(p, "user.note"), os.getxattr(p, "system.posix_acl_access").hex())';
    const before = python(get);
    const { ino } = statSync(join(cwd, "old"));
    expect(await render(cwd, "old")).toMatchObject({ status: 0 });
    expect(python(get)).toBe(before);
    expect(statSync(join(cwd, "old")).ino).not.toBe(ino);
  });

  test("the set-group-ID bit of its directory gives a new file its group", async (context) => {
    requireRoot(context);
    const cwd = folder();
    chownSync(cwd, 0, NOBODY_UID);
    chmodSync(cwd, 0o2755);
    expect(await render(cwd, "new")).toMatchObject({ status: 0 });
    expect(statSync(join(cwd, "new")).gid).toBe(NOBODY_UID);
  });

  test.each([
    ["a link", "old", "old"],
    ["a dangling link", "missing", "missing"],
    ["a link to a link", "middle", "old"],
  ])("%s stays a link", async (_name, target, written) => {
    const cwd = folder();
    symlinkSync("old", join(cwd, "middle"));
    symlinkSync(target, join(cwd, "link"));
    expect(await render(cwd, "link")).toMatchObject({ status: 0 });
    expect(lstatSync(join(cwd, "link")).isSymbolicLink()).toBe(true);
    expect(head(join(cwd, written))).toMatch(PNG);
  });

  test("a link to a device, and the device", async () => {
    const cwd = folder();
    symlinkSync("/dev/null", join(cwd, "link"));
    for (const output of ["link", "/dev/null"]) {
      expect(await render(cwd, output)).toMatchObject({ status: 0 });
    }
    expect(lstatSync(join(cwd, "link")).isSymbolicLink()).toBe(true);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

describe("where a rename is impossible, a command writes in place", () => {
  test("a file in a read-only directory", async (context) => {
    requireRoot(context);
    const cwd = folder();
    mkdirSync(join(cwd, "d"));
    writeFileSync(join(cwd, "d/old"), "old");
    chownSync(join(cwd, "d/old"), NOBODY_UID, NOBODY_UID);
    chmodSync(join(cwd, "d"), 0o711);
    chmodSync(cwd, 0o755);
    const { status, stderr } = await shell(cwd, "GVPIE render x.pxl -o d/old", asNobody());
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(head(join(cwd, "d/old"))).toMatch(PNG);
  });

  test("a bind-mounted file", async (context) => {
    requireRoot(context);
    const cwd = folder();
    writeFileSync(join(cwd, "mounted"), "");
    const script = "mount --bind old mounted && GVPIE render x.pxl -o mounted";
    expect(await shell(cwd, script, ["unshare", "-m"])).toMatchObject({ status: 0 });
    expect(head(join(cwd, "old"))).toMatch(PNG);
  });

  test("a full disk keeps the old content", async (context) => {
    requireRoot(context);
    const cwd = folder();
    mkdirSync(join(cwd, "disk"));
    // Two names force writing in place; the picture is larger than the space.
    const script = `mount -t tmpfs -o size=16k,mode=755 none disk && printf "old content" > disk/a && ln disk/a disk/b
      GVPIE render x.pxl --format raw -o disk/a; echo "status $?"; cat disk/b
      dd if=/dev/zero of=disk/fill bs=4k 2>/dev/null
      GVPIE render x.pxl --format raw -o disk/fill; echo " status $?"; ls -A disk`;
    const { stdout, stderr } = await shell(cwd, script, ["unshare", "-m"]);
    expect(stdout).toBe("status 1\nold content status 1\na\nb\nfill\n");
    expect(stderr).toContain("gvpie render: cannot write disk/a: the disk is full\n");
  });
});

describe("descriptors are written straight through", () => {
  test.each(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/proc/thread-self/fd/1"])(
    "%s >> file",
    async (name) => {
      const cwd = folder();
      expect(await shell(cwd, `GVPIE render x.pxl -o ${name} >> old`)).toMatchObject({ status: 0 });
      expect(readFileSync(join(cwd, "old"), "latin1")).toMatch(/^old content\u0089PNG/);
    },
  );

  test.each(["/dev/fd/7", "/proc/self/fd/7", "link"])("%s at its position", async (name) => {
    const cwd = folder();
    symlinkSync("/dev/fd/7", join(cwd, "link"));
    const script = `{ printf before; GVPIE render x.pxl -o ${name}; } 7> out >&7; printf after >> out`;
    expect(await shell(cwd, script)).toMatchObject({ status: 0 });
    expect(readFileSync(join(cwd, "out"), "latin1")).toMatch(/^before\u0089PNG[^]*after$/);
  });

  test("a descriptor of another process, at its end", async () => {
    const cwd = folder();
    expect(await shell(cwd, "exec 7>> old; GVPIE render x.pxl -o /proc/$$/fd/7")).toMatchObject({
      status: 0,
    });
    expect(readFileSync(join(cwd, "old"), "latin1")).toMatch(/^old content\u0089PNG/);
  });

  test("a pipe and a FIFO", async () => {
    const cwd = folder();
    const piped = await shell(cwd, "GVPIE render x.pxl -o /dev/stdout | head -c 4 | tail -c 3");
    expect(piped).toMatchObject({ status: 0, stdout: "PNG" });
    const script = "mkfifo fifo; GVPIE render x.pxl -o fifo & head -c 4 fifo | tail -c 3; wait";
    expect(await shell(cwd, script)).toMatchObject({ status: 0, stdout: "PNG" });
    expect(lstatSync(join(cwd, "fifo")).isFIFO()).toBe(true);
  });

  test("--json is refused on the same stdout", async () => {
    const { status, stdout } = await gvpie(["render", "-", "-o", "/dev/stdout", "--json"], { input: "HALT" });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});

describe("a path that cannot be written is refused, with nothing changed", () => {
  test.each<[string, string, (cwd: string) => unknown, string, number?]>([
    ["an empty name", "", () => {}, 'expected the name of a file to write, got ""', 2],
    ["a directory", "d", (cwd) => mkdirSync(join(cwd, "d")), "it is a directory"],
    ["the directory itself", ".", () => {}, "it is a directory"],
    ["a directory for programs", "new/", () => {}, "-o: there is no directory new/", 2],
    ["a file as a directory", "old/new", () => {}, "a part of the path is not a directory"],
    ["a missing directory", "no/new", () => {}, "no such file or directory"],
    ["a read-only file", "old", (cwd) => chmodSync(join(cwd, "old"), 0o444), "it is read-only"],
    [
      "a loop of links",
      "a",
      (cwd) => (symlinkSync("b", join(cwd, "a")), symlinkSync("a", join(cwd, "b"))),
      "too many symbolic links",
    ],
    ["the input", "x.pxl", () => {}, "it is the input file"],
    [
      "a hard link to the input",
      "h",
      (cwd) => linkSync(join(cwd, "x.pxl"), join(cwd, "h")),
      "it is the input file",
    ],
    ["a link to the input", "l", (cwd) => symlinkSync("x.pxl", join(cwd, "l")), "it is the input file"],
    ["a socket", "s", makeSocket, "it is a socket"],
    ["a closed descriptor", "/dev/fd/77", () => {}, "cannot write /dev/fd/77: "],
    ["a full device", "/dev/full", () => {}, "the disk is full"],
    ["a name of 256 bytes", "n".repeat(256), () => {}, "the name is too long"],
  ])("%s", async (_name, output, prepare, says, code = 1) => {
    const cwd = folder();
    prepare(cwd);
    const before = state(cwd);
    const { status, stderr } = await render(cwd, output);
    expect(status).toBe(code);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("    at ");
    expect(state(cwd)).toEqual(before);
  });

  test("the input on stdin, and the input on stdout", async () => {
    const cwd = folder();
    expect(await shell(cwd, "GVPIE render - -o x.pxl < x.pxl")).toMatchObject({ status: 1 });
    expect(await shell(cwd, "GVPIE render x.pxl -o - >> x.pxl")).toMatchObject({ status: 1 });
    expect(readFileSync(join(cwd, "x.pxl"), "utf8")).toBe(PROGRAM);
  });

  test.each(["n".repeat(255), "-dash.png", " ", "\u{1f600}".repeat(63)])(
    "but not the name %j",
    async (name) => {
      const cwd = folder();
      for (let i = 0; i < 2; i += 1) {
        expect(await gvpie(["render", "x.pxl", `--output=${name}`], { cwd })).toMatchObject({ status: 0 });
      }
      expect(readdirSync(cwd).sort()).toEqual([name, "old", "x.pxl"].sort());
    },
  );
});

describe("files of another user", () => {
  /** A directory of mode 1777 beside a private file of root. */
  function shared(context: TestContext): string {
    requireRoot(context);
    const cwd = folder();
    chmodSync(cwd, 0o755);
    chmodSync(join(cwd, "old"), 0o600);
    mkdirSync(join(cwd, "shared"));
    chmodSync(join(cwd, "shared"), 0o1777);
    return cwd;
  }

  test.for([
    ["a link", "ln -s ../old shared/x", "symbolic link of another user"],
    ["a dangling link", "ln -s ../new shared/x", "symbolic link of another user"],
    [
      "a link in the middle",
      "mkdir shared/d; ln -s ../../ shared/d/x; ln -s d/x shared/x",
      "symbolic link of another user",
    ],
    ["a file", "echo theirs > shared/x", "it belongs to another user (uid 65534)"],
    ["a FIFO", "mkfifo shared/x", "it belongs to another user (uid 65534)"],
  ])("%s in a sticky directory is not followed or written", async ([, prepare = "", says = ""], context) => {
    const cwd = shared(context);
    await shell(cwd, prepare, asNobody());
    const before = state(cwd);
    expect(await render(cwd, "shared/x")).toMatchObject({ status: 1, stderr: expect.stringContaining(says) });
    expect(await render(cwd, "shared/x/old")).toMatchObject({ status: 1 });
    expect(state(cwd)).toEqual(before);
    expect(existsSync(join(cwd, "new"))).toBe(false);
  });

  test("a hard link in a sticky directory is not written", async (context) => {
    const cwd = shared(context);
    linkSync(join(cwd, "old"), join(cwd, "shared/x"));
    expect(await render(cwd, "shared/x")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("it has 2 names"),
    });
    expect(head(join(cwd, "old"))).toBe("old content");
  });

  test("a user's own files and links in a sticky directory are written", async (context) => {
    const cwd = shared(context);
    symlinkSync("own", join(cwd, "shared/link"));
    for (const output of ["shared/own", "shared/own", "shared/link"]) {
      expect(await render(cwd, output)).toMatchObject({ status: 0 });
    }
    expect(lstatSync(join(cwd, "shared/link")).isSymbolicLink()).toBe(true);
    expect(statSync(join(cwd, "shared/own")).nlink).toBe(1);
  });

  test("a file that its owner lets this user write keeps its owner", async (context) => {
    const cwd = shared(context);
    chmodSync(join(cwd, "old"), 0o666);
    expect(await shell(cwd, "GVPIE render x.pxl -o old", asNobody())).toMatchObject({ status: 0 });
    expect(statSync(join(cwd, "old"))).toMatchObject({ uid: 0, mode: 0o100_666 });
    expect(head(join(cwd, "old"))).toMatch(PNG);
  });
});

function requireRoot(context: TestContext): void {
  if (!isRoot) skipVisibly(context, "only root can start a process of another user, or mount");
}

function asNobody(): string[] {
  return ["setpriv", `--reuid=${NOBODY_UID}`, `--regid=${NOBODY_UID}`, "--clear-groups"];
}

function makeSocket(cwd: string): void {
  execFileSync("python3", ["-c", 'import socket; socket.socket(socket.AF_UNIX).bind("s")'], { cwd });
}

/** Every entry with its type, mode, owner, names, inode, size and target. */
function state(cwd: string): string {
  return execFileSync("find", [".", "-printf", "%p %y %m %U %n %i %s %l\n"], { cwd, encoding: "utf8" });
}
