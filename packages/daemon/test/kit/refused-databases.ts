import { openStore } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makePlace } from "./place.ts";

/** A database that cannot be used, and what opening it came to. */
export interface RefusedDatabase {
  readonly kind: string;
  /** The error's code, or what happened instead. */
  readonly code: string;
  readonly expected: string;
  /** Whether the message names what to do. */
  readonly namesRemedy: boolean;
  /** Files that are not as they were. */
  readonly altered: readonly string[];
}

interface Kind {
  readonly kind: string;
  readonly expected: string;
  readonly remedy: RegExp;
  /** Makes the database, and keeps it as it is until what is returned is called. */
  readonly make: (path: string) => Promise<() => unknown>;
}

const NOBODY = 65_534;
const DRIVER = fileURLToPath(import.meta.resolve("better-sqlite3"));

/** Opens a database of each kind that must be refused, in a process of an ordinary user. */
export async function openRefusedDatabases(): Promise<RefusedDatabase[]> {
  const results: RefusedDatabase[] = [];
  for (const { kind, expected, remedy, make } of KINDS) {
    using place = makePlace();
    chmodSync(place.root, 0o755);
    const folder = join(place.root, "db");
    mkdirSync(folder, { mode: 0o777 });
    const path = join(folder, "daemon.db");
    const release = await make(path);
    if (process.getuid?.() === 0 && kind !== "read-only") {
      for (const name of ["", ...readdirSync(folder)]) chownSync(join(folder, name), NOBODY, NOBODY);
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

/** In a process of its own: the locks of this one would go with the first file that it reads and closes. */
async function hold(path: string, sql: string): Promise<() => unknown> {
  const script = `const D = require(${JSON.stringify(DRIVER)}); const d = new D(${JSON.stringify(path)});
    d.exec(${JSON.stringify(sql)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  await once(child.stdout, "data");
  return async () => {
    child.kill("SIGKILL");
    await ended;
  };
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
    remedy: /restore a backup|move the file away/,
    make: async (path) => {
      await makeStore(path);
      const bytes = readFileSync(path);
      bytes.fill(0xa5, 100, 4_096);
      writeFileSync(path, bytes);
      return () => {};
    },
  },
  {
    kind: "no database",
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

/** Root may write everything: so the process becomes nobody once it has loaded the store and its driver. */
async function openAsNobody(path: string): Promise<string[]> {
  const script = `const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
    const { default: Driver } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
    new Driver(":memory:").close();
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY}); }
    const options = { path: ${JSON.stringify(path)}, writable: true, busyTimeoutMs: 200 };
    const told = await openStore(options).then(() => ["opened", ""], (error) => [error.code ?? String(error), error.message]);
    console.log(JSON.stringify(told));
    process.exit();`;
  const child = spawn(process.execPath, ["--conditions=@gvpie/source", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const chunk of child.stdout) said += String(chunk);
  return said === "" ? ["it died", ""] : (JSON.parse(said) as string[]);
}

/** All files but the index of a write-ahead log, which any reader makes anew. */
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
