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
import { expect, test } from "vitest";
import { pattern } from "./kit/pattern.ts";
import { newPlace } from "./kit/place.ts";
import { startKit, startServer } from "./kit/processes.ts";
import { serve } from "./kit/serve.ts";

const isRoot = process.getuid?.() === 0;

test("a missing directory is made, for its owner alone", async () => {
  const dir = `${newPlace()}/deep/socket`;
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

test.each(unsafe)(
  "a directory that is $title is refused, by server and client",
  async ({ make, message }) => {
    const dir = newPlace();
    make(dir);
    const refusal = expect.objectContaining({
      code: "FSOCK_UNSAFE_DIR",
      message: expect.stringMatching(message) as string,
    }) as Error;
    await expect(createFileSocketServer({ dir: `${dir}/`, render: pattern })).rejects.toThrow(refusal);
    await using client = createFileSocketClient({ dir });
    await expect(client.ping()).rejects.toThrow(refusal);
    expect(existsSync(`${dir}/v1`)).toBe(false);
  },
);

test.runIf(isRoot)("a directory of another user is refused", async () => {
  const dir = newPlace();
  mkdirSync(dir, { mode: 0o700 });
  chownSync(dir, 65_534, 65_534);
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_UNSAFE_DIR",
    message: `${dir} belongs to user 65534, but this process runs as user 0; choose another path`,
  });
  expect(readdirSync(dir)).toEqual([]);
});

test("a second server is refused, in this process and in another one", async () => {
  const dir = newPlace();
  const first = await startServer(dir);
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_LOCKED",
    message: `another server already serves ${dir}`,
  });
  const second = startKit("server-process.ts", { dir });
  expect(await second.ended).toBe(75);
  expect(second.complaints()).toBe("");
  await first.kill("SIGKILL");
  await using _third = await createFileSocketServer({ dir, render: pattern });
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_LOCKED",
  });
});

test("of many that start at once exactly one serves", async () => {
  const dir = newPlace();
  const servers = Array.from({ length: 6 }, () => startKit("server-process.ts", { dir }));
  const outcomes = await Promise.all(
    servers.map((server) => Promise.race([server.tells("ready"), server.ended])),
  );
  expect(outcomes.filter((outcome) => outcome === 75)).toHaveLength(5);
  await Promise.all(servers.map((server) => server.kill("SIGTERM")));
  expect(servers.filter((server) => server.complaints() !== "")).toEqual([]);
});

test("a lock that is no database names the remedy", async () => {
  const dir = newPlace();
  mkdirSync(`${dir}/v1`, { recursive: true, mode: 0o700 });
  writeFileSync(`${dir}/v1/lock.db`, "x".repeat(4_096));
  await expect(createFileSocketServer({ dir, render: pattern })).rejects.toMatchObject({
    code: "FSOCK_STORAGE",
    message: expect.stringContaining("v1/lock.db") as string,
  });
});
