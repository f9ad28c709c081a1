import { runNode } from "@gvpie/testing";

/** True if long tests run in full length; docs/webgpu.md lists them. */
export const IS_FULL: boolean = process.env["GVPIE_TEST_FULL"] === "1";

/** Runs a module of this folder to its end, and returns the JSON that it prints as its last line. */
export async function outcomeOf(
  module: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): Promise<unknown> {
  const { status, stdout, stderr } = await runNode(new URL(module, import.meta.url), args, { env });
  if (status !== 0) throw new Error(`expected exit code 0, got ${status}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}
