import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Whether long runs have their full length; docs/webgpu.md says what that adds. */
export const IS_FULL: boolean = process.env["GVPIE_TEST_FULL"] === "1";

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

/** Runs a file beside this one under Node, from live sources. */
export async function runNode(
  file: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): Promise<Ended> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@gvpie/source", path, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  return { code, signal, stdout, stderr, endedAt: Date.now() };
}

/** What a program printed as its last line, as JSON. */
export function lastLine({ code, stdout, stderr }: Ended): unknown {
  if (code !== 0) throw new Error(`exit ${code}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}
