import { openStore } from "@gvpie/daemon/store";
import { isRoot, NOBODY_UID, runProcess, startProcess } from "@gvpie/testing";
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStoreFixture } from "./store-fixture.ts";

/** Result of opening an unusable database. */
export interface RefusedDatabase {
  readonly kind: string;
  /** Code of the error, or a description if there was none. */
  readonly code: string;
  readonly expected: string;
  /** True if the message names the remedy. */
  readonly namesRemedy: boolean;
  /** Files that were changed. */
  readonly altered: readonly string[];
}

interface Kind {
  readonly kind: string;
  readonly expected: string;
  readonly remedy: RegExp;
  /** Creates the database. The returned function releases its locks and permissions. */
  readonly make: (path: string) => Promise<() => unknown>;
}

const DRIVER = fileURLToPath(import.meta.resolve("better-sqlite3"));

/** Opens a database of each kind that must be refused, in a process of an unprivileged user. */
export async function openRefusedDatabases(): Promise<RefusedDatabase[]> {
  const results: RefusedDatabase[] = [];
  for (const { kind, expected, remedy, make } of KINDS) {
    using fixture = createStoreFixture();
    chmodSync(fixture.root, 0o755);
    const folder = join(fixture.root, "db");
    mkdirSync(folder, { mode: 0o777 });
    const path = join(folder, "daemon.db");
    const release = await make(path);
    if (isRoot && kind !== "read-only") {
      for (const name of ["", ...readdirSync(folder)]) chownSync(join(folder, name), NOBODY_UID, NOBODY_UID);
    }
    const before = hashes(folder);
    const [code = "", message = ""] = await openAsNobody(path);
    const after = hashes(folder);
    await release();
    const altered = [...new Set([...before.keys(), ...after.keys()])].filter(
      (name) => before.get(name) !== after.get(name),
    );
    results.push({ kind, code, expected, namesRemedy: remedy.test(message), altered });
  }
  return results;
}

const exec =
  (sql: string) =>
  async (path: string): Promise<() => unknown> => {
    const database = new Database(path);
    database.exec(sql);
    database.close();
    return () => {};
  };

/** Locks the database in another process: POSIX locks of this one would be released as soon as it reads and closes the file. */
async function hold(path: string, sql: string): Promise<() => unknown> {
  const script = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
    d.exec(${JSON.stringify(sql)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = startProcess(process.execPath, ["-e", script]);
  await child.waitForLine("held");
  return () => child.kill();
}

async function makeStore(path: string): Promise<void> {
  await (await openStore({ path })).close();
}

const KINDS: readonly Kind[] = [
  {
    kind: "locked",
    expected: "STORE_LOCKED",
    remedy: /close it, or wait/,
    make: async (path) => {
      await makeStore(path);
      return hold(path, "BEGIN IMMEDIATE");
    },
  },
  {
    kind: "locked for readers too",
    expected: "STORE_LOCKED",
    remedy: /close it, or wait/,
    make: async (path) => {
      await exec("CREATE TABLE t (a)")(path);
      return hold(path, "BEGIN EXCLUSIVE");
    },
  },
  {
    kind: "read-only",
    expected: "STORE_READ_ONLY",
    remedy: /make the file and its folder writable/,
    make: async (path) => {
      await makeStore(path);
      chmodSync(path, 0o444);
      chmodSync(join(path, ".."), 0o555);
      return () => chmodSync(join(path, ".."), 0o755);
    },
  },
  {
    kind: "corrupt",
    expected: "STORE_CORRUPT",
    remedy: /restore a sound backup|move the file away/,
    make: async (path) => {
      await makeStore(path);
      const bytes = readFileSync(path);
      bytes.fill(0xa5, 100, 4_096);
      writeFileSync(path, bytes);
      return () => {};
    },
  },
  {
    kind: "not a database",
    expected: "STORE_CORRUPT",
    remedy: /name another path, or move the file away/,
    make: async (path) => {
      writeFileSync(path, "dear diary\n".repeat(500));
      return () => {};
    },
  },
  {
    kind: "foreign",
    expected: "STORE_FOREIGN",
    remedy: /name another path/,
    make: exec("CREATE TABLE customers (id INTEGER PRIMARY KEY); INSERT INTO customers VALUES (7)"),
  },
  {
    kind: "newer",
    expected: "STORE_NEWER",
    remedy: /update it, or name another path/,
    make: async (path) => {
      await makeStore(path);
      return exec("INSERT INTO gvpie_migration VALUES ('9999_future', '2030')")(path);
    },
  },
];

/** Opens the database in a process that becomes an unprivileged user after its imports, because root may write every file. */
async function openAsNobody(path: string): Promise<string[]> {
  const script = `const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
    const { default: Driver } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
    new Driver(":memory:").close();
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(${NOBODY_UID}); process.setuid(${NOBODY_UID}); }
    const options = { path: ${JSON.stringify(path)}, writable: true, busyTimeoutMs: 200 };
    const outcome = await openStore(options).then(() => ["opened", ""], (error) => [error.code ?? String(error), error.message]);
    console.log(JSON.stringify(outcome));
    process.exit();`;
  const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", script];
  const { stdout, stderr } = await runProcess(process.execPath, args);
  return stdout === "" ? [`no output: ${stderr}`, ""] : (JSON.parse(stdout) as string[]);
}

/** Hashes of all files by name, except the index of a write-ahead log, which every reader creates again. */
function hashes(folder: string): Map<string, string> {
  const names = readdirSync(folder).filter((name) => !name.endsWith("-shm"));
  return new Map(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}
