import { openRefusedDatabases, type RefusedDatabase } from "@gvpie/daemon/test-support";
import { defineCase } from "../harness/fault-case.ts";

export const unusableDatabase = defineCase<RefusedDatabase>({
  number: 24,
  fault: "the database is locked, read-only, corrupt, foreign, or newer than this software",
  required: "a clear error names the remedy, and no file is changed",
  async run(context) {
    for (const one of await openRefusedDatabases()) context.record(one);
  },
  evaluate(observations) {
    const isGood = (one: RefusedDatabase): boolean =>
      one.code === one.expected && one.namesRemedy && one.altered.length === 0;
    const bad = observations.filter((one) => !isGood(one)).map((one) => `${one.kind}: ${one.code}`);
    return {
      summary: `${observations.length - bad.length} of ${observations.length} kinds refused with the remedy and unchanged${bad.length > 0 ? `, not ${bad.join(", ")}` : ""}`,
      isMet: observations.length > 0 && bad.length === 0,
    };
  },
});
