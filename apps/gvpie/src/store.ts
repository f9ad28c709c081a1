import { openStore, type ScriptStore } from "@gvpie/daemon/store";
import type { SettingOption } from "./command.ts";

/** The option of every command that opens the database. */
export const STORE_OPTIONS: { readonly db: SettingOption } = {
  db: { type: "string", value: "file", help: "database file", default: "db/daemon.db", env: "GVPIE_DB" },
};

/** Opens an existing database, and closes it when `use` has returned or thrown. */
export async function withStore<T>(path: string, use: (store: ScriptStore) => Promise<T>): Promise<T> {
  const store = await openStore({ path, create: false });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
