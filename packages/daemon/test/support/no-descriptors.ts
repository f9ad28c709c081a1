// Opens files up to the limit of the process, then starts a command in a control group, and prints how that fails.
import { openSync } from "node:fs";
import { runBounded } from "../../src/runners/python/bounded-process.ts";

const group = { commandPrefix: [], cpuSeconds: () => undefined, kill: async () => {} };
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  runBounded(group, ["/bin/true"], "", {}).catch((error: unknown) => console.log(String(error)));
}
