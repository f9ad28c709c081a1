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

interface SessionOptions {
  /** The directory of all commands, or of each. */
  readonly cwd: string | readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Runs command lines one after the other in one process, which takes a tenth of the time of a process each. */
export async function gvpieSession(
  commands: readonly (readonly string[])[],
  { cwd, env }: SessionOptions,
): Promise<SessionResult[]> {
  const lines = commands.map((args, i) => ({ args, cwd: typeof cwd === "string" ? cwd : cwd[i] }));
  await using command = startNode(MAIN, [JSON.stringify(lines)], { input: "", env: bareEnvironment(env) });
  const { stdout, stderr } = await command.result();
  const outputs = stdout.split(SEPARATOR);
  const messages = stderr.split(SEPARATOR);
  return commands.map((_, i) => ({
    status: Number(outputs[2 * i + 1]),
    stdout: outputs[2 * i] ?? "",
    stderr: messages[i] ?? "",
  }));
}
