import { type HostileNamesResult, saveHostileNames } from "@gvpie/daemon/test-support";
import { sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";

export const hostileNames = defineCase<HostileNamesResult>({
  number: 19,
  fault: "the name of a script is `../../x`, or has NUL, right-to-left marks or 300 characters",
  required: "its cartridge gets a safe and unique name inside the folder: 10,000 names",
  async run(context) {
    context.record(await saveHostileNames(context.count(10_000, 300)));
  },
  evaluate(observations) {
    const isGood = (one: HostileNamesResult): boolean =>
      one.unsafe.length === 0 &&
      one.outside.length === 0 &&
      one.saved === one.names &&
      one.unique === one.names;
    const names = sum(observations.map((one) => one.names));
    const unique = sum(observations.map((one) => one.unique));
    const outside = sum(observations.map((one) => one.unsafe.length + one.outside.length));
    return {
      summary: `${names} names gave ${unique} files, ${outside} of them outside or with an unsafe name`,
      isMet: names > 0 && observations.every(isGood),
    };
  },
});
