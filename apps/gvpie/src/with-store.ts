import { openStore, type ScriptStore } from "@gvpie/daemon/store";

/** Opens the database that is there, and closes it whatever happens. */
export async function withStore<T>(path: string, use: (store: ScriptStore) => Promise<T>): Promise<T> {
  const store = await openStore({ path, create: false });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
