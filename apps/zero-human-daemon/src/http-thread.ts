// The thread of the HTTP server, with its own connection to the database.
import { serveHttpThread } from "@gvpie/app-common/http";
import { openStore } from "@gvpie/daemon/store";
import { createPage } from "./page/page.ts";
import { createScheduleMetrics } from "./schedule-metrics.ts";

/** Data of the thread. */
export interface PageData {
  /** Database file; the main thread has opened it. */
  readonly db: string;
}

await serveHttpThread(async (_main, data) => {
  const store = await openStore({ path: (data as PageData).db, create: false });
  const page = createPage({ store });
  return {
    ...page,
    metrics: createScheduleMetrics(store),
    close: async () => {
      await page.close?.();
      await store.close();
    },
  };
});
