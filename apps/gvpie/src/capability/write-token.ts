import { readCapability } from "@gvpie/app-common/capability";
import { inspectCapability, thumbprintOf, type Capability } from "@gvpie/capability";
import { CommandError } from "../errors.ts";
import { print, say } from "../output.ts";
import { line } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";
import { describeValidity } from "./explain.ts";
import { keyIn } from "./files.ts";

/** The option of the commands that write a capability. */
export const OUTPUT_OPTION = {
  type: "string",
  short: "o",
  value: "file|-",
  help: "output file; default stdout",
} as const;

/** Writes a new capability and says for whom it is, and until when. Returns it with its blocks. */
export async function writeToken(text: string, output: string | undefined, now: number): Promise<Capability> {
  const capability = await inspectCapability(text);
  if (output === undefined || output === "-") {
    print(`${text}\n`);
  } else {
    refuseKey(output);
    writeFile(output, new TextEncoder().encode(`${text}\n`));
  }
  const holder = await thumbprintOf(capability.key);
  const validity = describeValidity(capability, now);
  const file = output === undefined || output === "-" ? "" : line`wrote ${output}: `;
  say(line`${file}a capability for key ${holder}, ${validity}`);
  return capability;
}

/** Refuses to replace a key, which nothing can restore. */
function refuseKey(path: string): void {
  let kind: string | undefined;
  try {
    kind = keyIn(readCapability(path));
  } catch {
    // Not a readable file of the size of a key.
  }
  if (kind === undefined) return;
  throw new CommandError(
    "WOULD_OVERWRITE",
    `-o: expected the file of a capability, got one that holds a ${kind} key: ${path}; name another file`,
  );
}
