import type { Row } from "./row.ts";
import { halfWrittenCommand } from "./rows/01-half-written-command.ts";
import { twoServers } from "./rows/07-two-servers.ts";
import { hostileNames } from "./rows/19-hostile-names.ts";
import { killedWorker } from "./rows/20-killed-worker.ts";
import { twoLoops } from "./rows/21-two-loops.ts";
import { untrustedPython } from "./rows/23-untrusted-python.ts";
import { unusableDatabase } from "./rows/24-unusable-database.ts";

/** Every fault, in the order of the table. */
export const rows: readonly Row[] = [
  halfWrittenCommand,
  twoServers,
  hostileNames,
  killedWorker,
  twoLoops,
  untrustedPython,
  unusableDatabase,
];
