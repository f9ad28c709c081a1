import { tryEscapes, type Escape } from "../../packages/daemon/test/kit/python-escapes.ts";
import { defineRow, NotShown } from "../row.ts";

export const untrustedPython = defineRow<Escape>({
  number: 23,
  fault:
    "a python script tries to get out: network, files, memory, processes, time, output, signals, descriptors",
  required:
    "off by default; where it is on, every escape is contained, and without a sandbox whose limits hold it is refused",
  async run(rig) {
    const { escapes, notShown } = await tryEscapes({ slow: rig.isFull });
    if (notShown !== undefined) throw new NotShown(notShown);
    for (const escape of escapes) rig.see(escape);
  },
  figure(seen) {
    const escaped = seen.filter((one) => !one.contained).map((one) => one.name);
    return {
      text: `${seen.length - escaped.length} of ${seen.length} kinds of escape contained${escaped.length > 0 ? `, not ${escaped.join(", ")}` : ""}`,
      isReached: seen.length > 0 && escaped.length === 0,
    };
  },
});
