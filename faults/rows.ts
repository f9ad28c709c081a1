import type { Row } from "./row.ts";
import { halfWrittenCommand } from "./rows/01-half-written-command.ts";
import { twoServers } from "./rows/07-two-servers.ts";

/** Every fault, in the order of the table. */
export const rows: readonly Row[] = [halfWrittenCommand, twoServers];
