import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createFileSocketClient, createFileSocketServer } from "@gvpie/file-socket";
import { OldSlotClient, pattern } from "@gvpie/testing/file-socket";
import { isRoot, NOBODY_UID, startNode, startProcess, waitUntil } from "@gvpie/testing";
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SERVER_PROCESS, startServer } from "./support/processes.ts";
import { newSocketPath, serve } from "./support/serve.ts";

test("creates a missing directory with mode 0700", async () => {
  const dir = `${newSocketPath()}/deep/socket`;
  await serve({ dir });
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(statSync(`${dir}/v1`).mode & 0o777).toBe(0o700);
});

interface Unsafe {
  readonly title: string;
  readonly make: (dir: string) => void;
  readonly message: RegExp;
}

const unsafe: readonly Unsafe[] = [
  {
    title: "a symbolic link",
    make: (dir) => {
      mkdirSync(`${dir}.real`, { mode: 0o700 });
      symlinkSync(`${dir}.real`, dir);
    },
    message: /is a symbolic link/,
  },
  { title: "a file", make: (dir) => writeFileSync(dir, "x"), message: /is not a directory/ },
  {
    title: "world-writable",
    make: (dir) => {
      mkdirSync(dir);
      chmodSync(dir, 0o777);
    },
    message: /is writable by others \(mode 777\); run chmod go-w on it/,
  },
  {
    title: "group-writable",
    make: (dir) => {
      mkdirSync(dir);
      chmodSync(dir, 0o770);
    },
    message: /is writable by others/,
  },
];

test.each(unsafe)("server and client refuse a directory that is $title", async ({ make, message }) => {
  const dir = newSocketPath();
  make(dir);
  const refusal = expect.objectContaining({
    code: "FSOCK_UNSAFE_DIR",
    message: expect.stringMatching(message) as string,
  }) as Error;
  await expect(createFileSocketServer({ dir: `${dir}/`, render: pattern })).rejects.toThrow(refusal);
  await using client = createFileSocketClient({ dir });
  await expect(client.ping()).rejects.toThrow(refusal);
  expect(existsSync(`${dir}/v1`)).toBe(false);
});

test.runIf(isRoot)("refuses a directory of another user", async () => {
  const dir = newSocketPath();
  mkdirSync(dir, { mode: 0o700 });
  chownSync(dir, NOBODY_UID, NOBODY_UID);
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_UNSAFE_DIR",
    message: `${dir} belongs to user 65534, but this process runs as user 0; run it as that user, or choose another path`,
  });
  expect(readdirSync(dir)).toEqual([]);
});

test("refuses a second server in this process and in another process", async () => {
  const dir = newSocketPath();
  const first = await startServer(dir);
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_LOCKED",
    message: `another server already serves ${dir}`,
  });
  const second = startNode(SERVER_PROCESS, [JSON.stringify({ dir })]);
  expect(await second.exited).toBe(75);
  expect(second.stderr).toBe("");
  await first.kill("SIGKILL");
  await using _third = await createFileSocketServer({ dir, render: pattern });
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_LOCKED",
  });
});

test("exactly one of many servers that start at once serves", async () => {
  const dir = newSocketPath();
  const servers = Array.from({ length: 6 }, () => startNode(SERVER_PROCESS, [JSON.stringify({ dir })]));
  const outcomes = await Promise.all(
    servers.map((server) => Promise.race([server.waitForMessage("ready"), server.exited])),
  );
  expect(outcomes.filter((outcome) => outcome === 75)).toHaveLength(5);
  await Promise.all(servers.map((server) => server.kill("SIGTERM")));
  expect(servers.filter((server) => server.stderr !== "")).toEqual([]);
});

test("the error for a lock that is not a database names the file", async () => {
  const dir = newSocketPath();
  mkdirSync(`${dir}/v1`, { recursive: true, mode: 0o700 });
  writeFileSync(`${dir}/v1/lock.db`, "x".repeat(4_096));
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_STORAGE",
    message: expect.stringContaining("v1/lock.db") as string,
  });
});

interface Replaceable {
  readonly title: string;
  /** Returns the path of the served directory. */
  readonly make: (parent: string) => string;
  readonly message: RegExp;
}

/** Makes a directory with exactly this mode and, if given, of this user. */
function makeWith(path: string, mode: number, uid?: number): string {
  mkdirSync(path);
  chmodSync(path, mode);
  if (uid !== undefined) chownSync(path, uid, uid);
  return path;
}

const replaceable: readonly Replaceable[] = [
  {
    title: "below a directory that all may write",
    make: (parent) => `${makeWith(`${parent}/a`, 0o777)}/socket`,
    message:
      /another user could replace .*\/a\/socket: .*\/a is writable by others \(mode 777\); run chmod go-w on it/,
  },
  {
    title: "below a directory that its group may write",
    make: (parent) => `${makeWith(`${parent}/a`, 0o775)}/socket`,
    message: /a is writable by others \(mode 775\)/,
  },
  {
    title: "two levels below a directory that all may write",
    make: (parent) => `${makeWith(`${makeWith(`${parent}/a`, 0o777)}/b`, 0o700)}/socket`,
    message: /a is writable by others/,
  },
  {
    title: "below a link in a directory that all may write",
    make: (parent) => {
      makeWith(`${parent}/a`, 0o777);
      makeWith(`${parent}/real`, 0o700);
      symlinkSync(`${parent}/real`, `${parent}/a/link`);
      return `${parent}/a/link/socket`;
    },
    message: /a is writable by others/,
  },
  {
    title: "below a link to a directory that is below one that all may write",
    make: (parent) => {
      makeWith(`${makeWith(`${parent}/a`, 0o777)}/b`, 0o700);
      makeWith(`${parent}/c`, 0o700);
      symlinkSync("c/../a/b", `${parent}/link`);
      return `${parent}/link/socket`;
    },
    message: /a is writable by others/,
  },
];

const replaceableByOwner: readonly Replaceable[] = [
  {
    title: "below a directory of another user",
    make: (parent) => `${makeWith(`${parent}/a`, 0o755, NOBODY_UID)}/socket`,
    message: /a belongs to user 65534; choose another path/,
  },
  {
    title: "below a directory of another user in a sticky one",
    make: (parent) => `${makeWith(`${makeWith(`${parent}/a`, 0o1777)}/b`, 0o755, NOBODY_UID)}/socket`,
    message: /a\/b belongs to user 65534/,
  },
  {
    title: "below another user's link in a sticky directory",
    make: (parent) => {
      makeWith(`${parent}/a`, 0o1777);
      makeWith(`${parent}/real`, 0o700);
      symlinkSync(`${parent}/real`, `${parent}/a/link`);
      lchownSync(`${parent}/a/link`, NOBODY_UID, NOBODY_UID);
      return `${parent}/a/link/socket`;
    },
    message: /a\/link belongs to user 65534/,
  },
];

test.each([...replaceable, ...(isRoot ? replaceableByOwner : [])])(
  "server and client refuse a directory that another user can replace: $title",
  async ({ make, message }) => {
    const dir = make(dirname(newSocketPath()));
    const refusal = expect.objectContaining({
      code: "FSOCK_UNSAFE_DIR",
      message: expect.stringMatching(message) as string,
    }) as Error;
    await expect(createFileSocketServer({ dir, render: pattern })).rejects.toThrow(refusal);
    expect(existsSync(dir)).toBe(false);
    mkdirSync(dir, { mode: 0o700 });
    await expect(createFileSocketServer({ dir, render: pattern })).rejects.toThrow(refusal);
    await using client = createFileSocketClient({ dir });
    await expect(client.ping()).rejects.toThrow(refusal);
    expect(readdirSync(dir)).toEqual([]);
  },
);

test.each([
  { title: "in a sticky directory", make: (parent: string) => `${makeWith(`${parent}/a`, 0o1777)}/socket` },
  {
    title: "below a link that only this user can replace",
    make: (parent: string) => {
      makeWith(`${makeWith(`${parent}/a`, 0o1777)}/real`, 0o755);
      symlinkSync("./a//real/.", `${parent}/link`);
      return `${parent}/link/deep/socket`;
    },
  },
])("serves a directory that no other user can replace: $title", async ({ make }) => {
  const { dir } = await serve({ dir: make(dirname(newSocketPath())) });
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

test("stops serving while another user could replace the directory", async () => {
  const { dir, events } = await serve();
  chmodSync(dirname(dir), 0o777);
  await waitUntil(() => events.some((event) => event.fields["code"] === "FSOCK_UNSAFE_DIR"));
  chmodSync(dirname(dir), 0o700);
  await waitUntil(() => events.some((event) => event.type === "recovered"));
  await using client = createFileSocketClient({ dir });
  expect((await client.render("x")).width).toBe(128);
});

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

test.each(["000", "022", "077", "777"])(
  "the umask %s does not change the modes of files and directories",
  async (mask) => {
    const dir = newSocketPath();
    const wrapper = ["sh", "-c", `umask ${mask}; exec "$0" "$@"`];
    const server = startNode(SERVER_PROCESS, [JSON.stringify({ dir })], { wrapper });
    onTestFinished(() => server[Symbol.asyncDispose]());
    await server.waitForMessage("ready");
    const parts = ["", "/v1", "/v1/tmp", "/v1/new", "/v1/run", "/v1/out", "/v1/bad"];
    expect(parts.map((part) => modeOf(`${dir}${part}`))).toEqual(parts.map(() => "700"));
    const slot = new OldSlotClient(dir);
    slot.writeProgram("x");
    await slot.read();
    const files = ["v1/lock.db", "v1/server.json", "out.raw"];
    expect(files.map((name) => modeOf(`${dir}/${name}`))).toEqual(files.map(() => "600"));
  },
);

const HOLD_LOCK = `
import fcntl, os, sys, time
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    # The shared lock of SQLite: 510 bytes from 2^30 + 2.
    fcntl.lockf(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_SH, 510, 0x40000002)
    print("held", flush=True)
    time.sleep(60)
except PermissionError:
    print("refused", flush=True)
`;

test.runIf(isRoot)("another user who may read the directory cannot hold its lock", async () => {
  const dir = newSocketPath();
  chmodSync(dirname(dir), 0o755);
  makeWith(dir, 0o755);
  makeWith(`${dir}/v1`, 0o755);
  writeFileSync(`${dir}/v1/lock.db`, "");
  chmodSync(`${dir}/v1/lock.db`, 0o644);
  await (await createFileSocketServer({ dir, render: pattern })).close();
  const other = startProcess("python3", ["-c", HOLD_LOCK, `${dir}/v1/lock.db`]);
  onTestFinished(() => other[Symbol.asyncDispose]());
  expect(await other.waitForLine(/held|refused/)).toBe("refused");
  await using _server = await createFileSocketServer({ dir, render: pattern });
  expect(modeOf(`${dir}/v1/lock.db`)).toBe("600");
});

test.each([
  { kind: "a symbolic link", make: (path: string, other: string) => symlinkSync(other, path) },
  { kind: "a file with 2 names", make: (path: string, other: string) => linkSync(other, path) },
  { kind: "another kind of file", make: (path: string) => void execFileSync("mkfifo", [path]) },
  ...(isRoot
    ? [
        {
          kind: "a file of user 65534",
          make: (path: string) => {
            writeFileSync(path, "");
            chownSync(path, NOBODY_UID, NOBODY_UID);
          },
        },
      ]
    : []),
])("refuses a lock that is $kind and leaves it unchanged", async ({ kind, make }) => {
  const dir = newSocketPath();
  mkdirSync(`${dir}/v1`, { recursive: true, mode: 0o700 });
  const other = `${dirname(dir)}/other`;
  writeFileSync(other, "");
  chmodSync(other, 0o644);
  make(`${dir}/v1/lock.db`, other);
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_UNSAFE_DIR",
    message: `expected ${dir}/v1/lock.db to be a regular file of this user with one name, got ${kind}; remove it`,
  });
  expect(modeOf(other)).toBe("644");
  rmSync(`${dir}/v1/lock.db`);
  await using _server = await createFileSocketServer({ dir, render: pattern });
});

test("a refused second server in one process leaves the lock of the first", async () => {
  const { dir } = await serve();
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_LOCKED",
  });
  const other = startNode(SERVER_PROCESS, [JSON.stringify({ dir })]);
  expect(await other.exited).toBe(75);
});
