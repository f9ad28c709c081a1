import { openStore, type Lang } from "@gvpie/daemon/store";
import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A database and a folder of cartridges that are gone when the place is disposed of. */
export interface Place extends Disposable {
  readonly root: string;
  /** Of the database. */
  readonly path: string;
  /** Of the cartridges. */
  readonly folder: string;
}

export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "gvpie-daemon-"));
  return {
    root,
    path: join(root, "daemon.db"),
    folder: join(root, "cartridges"),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A place whose database holds this many scripts, each of which draws a picture of its own. */
export async function makePlaceWith(scripts: number, lang: Lang = "pixel"): Promise<Place> {
  const place = makePlace();
  const store = await openStore({ path: place.path, synchronous: "normal" });
  await store.removeScript("hello_gpu");
  for (let i = 0; i < scripts; i++)
    await store.addScript({ name: `script ${i}`, lang, code: `TXT 1 1 ${i}` });
  await store.close();
  return place;
}

/** The rows of a query, read as another tool would read them. */
export function readRows<T>({ path }: Pick<Place, "path">, sql: string): T[] {
  const database = new Database(path);
  try {
    return database.prepare<[], T>(sql).all();
  } finally {
    database.close();
  }
}
