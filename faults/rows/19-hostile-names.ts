import { saveHostileNames, type HostileNamesResult } from "../../packages/daemon/test/kit/hostile-names.ts";
import { defineRow } from "../row.ts";

export const hostileNames = defineRow<HostileNamesResult>({
  number: 19,
  fault: "a script is named `../../x`, or with NUL, right-to-left marks or 300 characters",
  required: "its cartridge has a safe name of its own inside the folder, for 10,000 names",
  async run(rig) {
    rig.see(await saveHostileNames(rig.count(10_000, 300)));
  },
  figure(seen) {
    const isGood = (one: HostileNamesResult): boolean =>
      one.unsafe.length === 0 &&
      one.astray.length === 0 &&
      one.saved === one.names &&
      one.unique === one.names;
    const names = seen.reduce((sum, one) => sum + one.names, 0);
    const unique = seen.reduce((sum, one) => sum + one.unique, 0);
    const outside = seen.reduce((sum, one) => sum + one.unsafe.length + one.astray.length, 0);
    return {
      text: `${names} names gave ${unique} files, ${outside} of them outside or with an unsafe name`,
      isReached: names > 0 && seen.every(isGood),
    };
  },
});
