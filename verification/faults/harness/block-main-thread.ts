// Blocks the main thread for ever, two seconds after the start, as a call that does not return would.
import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

function block(): void {
  writeSync(1, "blocked\n");
  for (;;);
}

if (isMainThread) setTimeout(block, 2_000);
