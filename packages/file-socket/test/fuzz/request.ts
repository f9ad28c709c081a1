import { DEFAULT_SERVER_LIMITS } from "@gvpie/file-socket";
import { parseRequestJson, spoolCommand } from "@gvpie/file-socket/internal";
import type { FuzzTarget } from "@gvpie/testing/fuzz";
import { commandTarget, ID } from "./support/command-target.ts";

export const target: FuzzTarget = commandTarget("requests in the spool", (input) =>
  spoolCommand(parseRequestJson(input), ID, DEFAULT_SERVER_LIMITS),
);
