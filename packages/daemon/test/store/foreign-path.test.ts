// A database is not created or changed through what another user may have prepared.

import { openReader, openStore } from "@gvpie/daemon/store";
import { isRoot, NOBODY_UID, skipVisibly } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";

const FOREIGN = { code: "STORE_FOREIGN" };

/** A directory that all users share, as `/tmp`. */
function sharedDirectory(): string {
  const shared = join(temporaryDirectory(), "shared");
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  return shared;
}

function linkOf(uid: number, target: string, path: string): string {
  symlinkSync(target, path);
  lchownSync(path, uid, uid);
  return path;
}

describe("a path that another user may have prepared is refused: STORE_FOREIGN", () => {
  beforeEach((context) => {
    if (!isRoot) skipVisibly(context, "only root can make files of another user");
  });

  test("a dangling link: nothing is created", async () => {
    const shared = sharedDirectory();
    const target = join(shared, "../private.db");
    const path = linkOf(NOBODY_UID, target, join(shared, "daemon.db"));
    await expect(openStore({ path })).rejects.toMatchObject(FOREIGN);
    await expect(openStore({ path })).rejects.toThrow(
      /symbolic link of another user .* name the target itself/,
    );
    expect(existsSync(target)).toBe(false);
  });

  test("a link to a database: it keeps its bytes", async () => {
    const shared = sharedDirectory();
    const target = join(shared, "../private.db");
    await (await openStore({ path: target })).close();
    const before = readFileSync(target);
    const path = linkOf(NOBODY_UID, "../private.db", join(shared, "daemon.db"));
    await expect(openStore({ path, create: false })).rejects.toMatchObject(FOREIGN);
    expect(readFileSync(target)).toEqual(before);
  });

  test("a link in the middle of the path, also behind one of this user", async () => {
    const shared = sharedDirectory();
    mkdirSync(join(shared, "../private"));
    linkOf(NOBODY_UID, "../private", join(shared, "db"));
    symlinkSync("shared/db/.", join(shared, "../alias"));
    for (const path of [join(shared, "db/daemon.db"), join(shared, "../alias/daemon.db")]) {
      await expect(openStore({ path })).rejects.toMatchObject(FOREIGN);
    }
    expect(existsSync(join(shared, "../private/daemon.db"))).toBe(false);
  });

  test("a file of another user in a directory that all users share", async () => {
    const path = join(sharedDirectory(), "daemon.db");
    writeFileSync(path, "");
    chownSync(path, NOBODY_UID, NOBODY_UID);
    await expect(openStore({ path })).rejects.toMatchObject(FOREIGN);
    expect(readFileSync(path, "latin1")).toBe("");
  });

  test("but another user's file in that user's own directory is opened, and every file is read", async () => {
    const own = temporaryDirectory();
    const path = join(own, "daemon.db");
    await (await openStore({ path })).close();
    for (const file of [own, path]) chownSync(file, NOBODY_UID, NOBODY_UID);
    await (await openStore({ path, create: false })).close();
    // Not in a directory that all users share: many kernels refuse to follow a link of another user there (fs.protected_symlinks).
    const link = linkOf(NOBODY_UID, path, join(temporaryDirectory(), "daemon.db"));
    await expect(openStore({ path: link })).rejects.toMatchObject(FOREIGN);
    await (await openReader({ path: link })).close();
  });
});

test("links of this user are followed", async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "db"));
  symlinkSync("db/../db", join(directory, "alias"));
  symlinkSync(join(directory, "alias/real.db"), join(directory, "daemon.db"));
  await (await openStore({ path: join(directory, "daemon.db") })).close();
  expect(existsSync(join(directory, "db/real.db"))).toBe(true);
});

describe("a path that the system refuses is named: STORE_IO", () => {
  test.each([
    ["loop/daemon.db", /loop\/daemon\.db: too many symbolic links/],
    ["loop", /loop: too many symbolic links/],
    ["x".repeat(300), /x: the name is too long/],
    [`${"x".repeat(300)}/daemon.db`, /: the name is too long/],
  ])("%.20s", async (name, message) => {
    const directory = temporaryDirectory();
    symlinkSync("loop", join(directory, "loop"));
    const path = join(directory, name);
    for (const open of [openStore, openReader]) {
      await expect(open({ path })).rejects.toMatchObject({ code: "STORE_IO" });
      await expect(open({ path })).rejects.toThrow(message);
    }
  });

  test("a folder that is closed to this user", async (context) => {
    if (!isRoot) skipVisibly(context, "only root can start processes of another user");
    const path = join(temporaryDirectory(), "daemon.db");
    const script = `const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
      process.setgroups([]); process.setgid(${NOBODY_UID}); process.setuid(${NOBODY_UID});
      const { code, message } = await openStore({ path: ${JSON.stringify(path)} }).catch((error) => error);
      console.log(code, message);`;
    const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", script];
    const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stdout).toBe(
      `STORE_IO ${path}: access is denied; expected a file and folders that this user may read\n`,
    );
  });
});
