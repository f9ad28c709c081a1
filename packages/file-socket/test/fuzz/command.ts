import { DEFAULT_SERVER_LIMITS } from "@gvpie/file-socket";
import { parseRequestJson, slotCommand } from "@gvpie/file-socket/internal";
import type { FuzzTarget } from "@gvpie/testing/fuzz";
import { commandTarget } from "./support/command-target.ts";

export const target: FuzzTarget = commandTarget("commands in the slot", (input) =>
  slotCommand(parseRequestJson(input), DEFAULT_SERVER_LIMITS),
);
