import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createFileSocketClient, createFileSocketServer } from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";
import { isRoot, NOBODY_UID, startNode } from "@gvpie/testing";
import { expect, test } from "vitest";
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
    message: `${dir} belongs to user 65534, but this process runs as user 0; choose another path`,
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
