import { type Escape, tryEscapes } from "@gvpie/daemon/test-support";
import { defineCase, Unsupported } from "../harness/fault-case.ts";

export const untrustedPython = defineCase<Escape>({
  number: 23,
  fault:
    "a python script tries to escape: network, files, memory, processes, time, output, signals, descriptors",
  required:
    "python is off by default; if it is on, the sandbox contains every escape, and without a sandbox whose limits hold no script runs",
  async run(context) {
    const { escapes, unsupported } = await tryEscapes({ slow: context.isFull });
    if (unsupported !== undefined) throw new Unsupported(unsupported);
    for (const escape of escapes) context.record(escape);
  },
  evaluate(observations) {
    const escaped = observations.filter((one) => !one.contained).map((one) => one.name);
    return {
      summary: `${observations.length - escaped.length} of ${observations.length} kinds of escape contained${escaped.length > 0 ? `, not ${escaped.join(", ")}` : ""}`,
      isMet: observations.length > 0 && escaped.length === 0,
    };
  },
});
