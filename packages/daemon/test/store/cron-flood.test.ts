import { LANGS } from "@gvpie/daemon/store";
import { Cron } from "croner";
import { expect, test, vi } from "vitest";
import { asOtherTool, openTestStore, TERMS, TestClock } from "../support/test-store.ts";

test("hundreds of scripts with a line that never occurs cost one search, and hold up no other script", async () => {
  const clock = new TestClock();
  const { store, path } = await openTestStore({ clock });
  await store.addScript({ name: "good", lang: "pixel", code: "HALT" });
  asOtherTool(path, (database) =>
    database.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
      INSERT INTO improvement_scripts (name, lang, code, enabled) SELECT 'never' || i, 'pixel', 'HALT', 1 FROM n;
      INSERT INTO script_options (script_id, cron, time_zone)
        SELECT id, '0 3 31 4,6,9,11 *', 'Pacific/Apia' FROM improvement_scripts WHERE name LIKE 'never%'`),
  );
  const searches = vi.spyOn(Cron.prototype, "nextRun");
  const names: string[] = [];
  for (let claims = 0; claims < 5; claims++) {
    for (const { script } of await store.claimDue(4, LANGS, TERMS)) names.push(script.name);
  }
  expect(names).toEqual(["good"]);
  expect(searches).toHaveBeenCalledTimes(1);
  searches.mockRestore();
  expect(await store.nextDueInMs(LANGS)).toBeUndefined();
});
