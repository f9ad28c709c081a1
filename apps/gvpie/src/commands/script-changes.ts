import { formatDuration } from "@gvpie/app-common";
import { inspectCapability } from "@gvpie/capability";
import type { Script, ScriptOptions } from "@gvpie/daemon/store";
import { line, type TerminalText } from "../terminal-text.ts";
import { NONE } from "./script-options.ts";

/** The compared parts of a script. */
type Facts = Pick<Script, "lang" | "code" | "enabled" | "options">;

/** A changed value with its name, for people. */
export type Change = readonly [name: string, now: string, was: string];

/** Returns the values that differ: language and code first, then the options. */
export async function changesOf(before: Facts, after: Facts): Promise<Change[]> {
  const [was, now] = [await optionFacts(before.options), await optionFacts(after.options)];
  const changes: Change[] = [];
  if (before.lang !== after.lang) changes.push(["language", after.lang, before.lang]);
  if (before.code !== after.code) changes.push(["code", bytesOf(after.code), bytesOf(before.code)]);
  if (before.enabled !== after.enabled) changes.push(["state", stateOf(after), stateOf(before)]);
  // Two capabilities may have the same description.
  const isOther = (name: string): boolean =>
    name === "capability" && before.options.capability !== after.options.capability;
  for (const name of new Set([...now.keys(), ...was.keys()])) {
    const [value, old] = [now.get(name) ?? NONE, was.get(name) ?? NONE];
    if (value !== old || isOther(name)) changes.push([name, value, old]);
  }
  return changes;
}

/** Returns a change as text, such as `interval is 30s, was 1m`. Two values may differ and have the same description. */
export function describeChange([name, now, was]: Change): TerminalText {
  if (now === was) return line`${name} has changed, ${now} as before`;
  return line`${name} is ${now}, was ${was}`;
}

function bytesOf(code: string): string {
  return `${Buffer.byteLength(code)} bytes`;
}

function stateOf({ enabled }: Facts): string {
  return enabled ? "enabled" : "disabled";
}

/** Returns the options with their values, each as `scripts set` takes it, except for the capability. */
export async function optionFacts(options: ScriptOptions): Promise<Map<string, string>> {
  const { width, height, background, params = {}, capability } = options;
  const { intervalMs, cron, timeZone, missed, timeoutMs, retries } = options;
  const facts = new Map<string, string>();
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) facts.set(name, `${value}`);
  };
  add("width", width);
  add("height", height);
  add("background", background);
  add("interval", intervalMs === undefined ? undefined : formatDuration(intervalMs));
  add("cron", cron);
  add("time zone", timeZone);
  add("missed", missed);
  add("timeout", timeoutMs === undefined ? undefined : formatDuration(timeoutMs));
  add("retries", retries);
  for (const [name, value] of Object.entries(params)) add(`parameter ${name}`, JSON.stringify(value));
  if (capability !== undefined) facts.set("capability", await describeCapability(capability));
  return facts;
}

/** Returns the id of the last block, which names a capability in revocations and audits. */
async function describeCapability(text: string): Promise<string> {
  try {
    const { blocks, limits } = await inspectCapability(text);
    const purpose = limits.purpose === undefined ? "" : ` (${limits.purpose})`;
    return `${blocks.at(-1)?.id}${purpose}`;
  } catch {
    return "a malformed one";
  }
}
