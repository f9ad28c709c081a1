// Opens a database again and again, adds a script each time, and reports each script once it is added. Argument: {"path", "name"}.
import { setTimeout as sleep } from "node:timers/promises";
import { openStore, StoreError } from "@gvpie/daemon/store";
import { report } from "./report-line.ts";

const { path, name } = JSON.parse(process.argv[2] ?? "{}") as { path: string; name: string };
const over = new AbortController();
process.once("SIGTERM", () => over.abort());

for (let i = 0; !over.signal.aborted; i++) {
  try {
    await using store = await openStore({ path, create: false, busyTimeoutMs: 50 });
    await store.addScript({ name: `${name} ${i}`, lang: "pixel", code: "HALT", enabled: false });
    report({ type: "added", name: `${name} ${i}` });
  } catch (error) {
    report({ type: "refused", code: error instanceof StoreError ? error.code : String(error) });
  }
  // Leaves the database closed for a moment, so that it can be restored.
  await sleep(20 + ((i * 37) % 100));
}
