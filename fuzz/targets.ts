import type { Target } from "./target.ts";
import { metadata, png } from "./targets/png.ts";
import { program } from "./targets/program.ts";
import { reply } from "./targets/reply.ts";
import { command, request } from "./targets/request.ts";
import { database, schema } from "./targets/store.ts";

/** Everything that is fuzzed, in the order of docs/fuzzing.md. */
export const targets: readonly Target[] = [program, command, request, reply, png, metadata, schema, database];

export function targetNamed(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (!found)
    throw new RangeError(`no target ${name}; there are ${targets.map((target) => target.name).join(", ")}`);
  return found;
}
