import {
  openRefusedDatabases,
  type RefusedDatabase,
} from "../../packages/daemon/test/kit/refused-databases.ts";
import { defineRow } from "../row.ts";

export const unusableDatabase = defineRow<RefusedDatabase>({
  number: 24,
  fault: "the database is locked, read-only, corrupt, foreign, or newer than this software",
  required: "a clear error that names the remedy, and no file is altered",
  async run(rig) {
    for (const one of await openRefusedDatabases()) rig.see(one);
  },
  figure(seen) {
    const isGood = (one: RefusedDatabase): boolean =>
      one.code === one.expected && one.namesRemedy && one.altered.length === 0;
    const bad = seen.filter((one) => !isGood(one)).map((one) => `${one.kind}: ${one.code}`);
    return {
      text: `${seen.length - bad.length} of ${seen.length} kinds refused with the remedy and left as they were${bad.length > 0 ? `, not ${bad.join(", ")}` : ""}`,
      isReached: seen.length > 0 && bad.length === 0,
    };
  },
});
