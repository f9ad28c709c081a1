import { openStore, type Lang } from "@gvpie/daemon/store";
import { createTemporaryDirectory } from "@gvpie/testing";
import Database from "better-sqlite3";

/** Paths of a database and a cartridge folder in a temporary directory, which is removed on disposal. */
export interface StoreFixture extends Disposable {
  readonly root: string;
  /** Path of the database. */
  readonly path: string;
  /** Path of the cartridge folder. */
  readonly folder: string;
}

/** Creates a fixture without a database. */
export function createStoreFixture(): StoreFixture {
  const directory = createTemporaryDirectory({ prefix: "gvpie-daemon-" });
  return {
    root: directory.path,
    path: directory.join("daemon.db"),
    folder: directory.join("cartridges"),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** Creates a fixture whose database holds `scripts` scripts, each with a different picture. */
export async function createFilledFixture(scripts: number, lang: Lang = "pixel"): Promise<StoreFixture> {
  const fixture = createStoreFixture();
  const store = await openStore({ path: fixture.path, synchronous: "normal" });
  await store.removeScript("hello_gpu");
  for (let i = 0; i < scripts; i++) {
    await store.addScript({ name: `script ${i}`, lang, code: `TXT 1 1 ${i}` });
  }
  await store.close();
  return fixture;
}

/** Returns the rows of a query, read through a separate connection as another tool would. */
export function readRows<T>({ path }: Pick<StoreFixture, "path">, sql: string): T[] {
  const database = new Database(path);
  try {
    return database.prepare<[], T>(sql).all();
  } finally {
    database.close();
  }
}
