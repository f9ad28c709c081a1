import {
  openReader,
  openStore,
  type ScriptStore,
  type ScriptSummary,
  type StoreReader,
} from "@gvpie/daemon/store";
import type { SettingOption } from "./command.ts";

/** The option of every command that opens the database. */
export const STORE_OPTIONS: { readonly db: SettingOption } = {
  db: { type: "string", value: "file", help: "database file", default: "db/daemon.db", env: "GVPIE_DB" },
};

/** Opens an existing database for reading, without the right to write, and closes it when `use` has returned or thrown. */
export async function withReader<T>(path: string, use: (store: StoreReader) => Promise<T>): Promise<T> {
  const store = await openReader({ path });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Returns all scripts, by id. */
export async function allScripts(store: StoreReader): Promise<ScriptSummary[]> {
  const all: ScriptSummary[] = [];
  for (;;) {
    const after = all.at(-1)?.id;
    const page = await store.listScripts(after === undefined ? {} : { after });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** Opens an existing database for changes, and closes it when `use` has returned or thrown. */
export async function withStore<T>(path: string, use: (store: ScriptStore) => Promise<T>): Promise<T> {
  const store = await openStore({ path, create: false });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
