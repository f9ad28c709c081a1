import { fileURLToPath } from "node:url";
import { bareEnvironment, startNode } from "@gvpie/testing";

/** Ends the output of a command. */
export const SEPARATOR = "\u001e";
const MAIN = fileURLToPath(new URL("./session-main.ts", import.meta.url));

/** The result of one command of a session. */
export interface SessionResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs command lines one after the other in one process, which takes a tenth of the time of a process each. */
export async function gvpieSession(
  commands: readonly (readonly string[])[],
  options: { readonly cwd: string },
): Promise<SessionResult[]> {
  const command = startNode(MAIN, [JSON.stringify(commands)], {
    input: "",
    ...options,
    env: bareEnvironment(),
  });
  const { stdout, stderr } = await command.result();
  const outputs = stdout.split(SEPARATOR);
  const messages = stderr.split(SEPARATOR);
  return commands.map((_, i) => ({
    status: Number(outputs[2 * i + 1]),
    stdout: outputs[2 * i] ?? "",
    stderr: messages[i] ?? "",
  }));
}
