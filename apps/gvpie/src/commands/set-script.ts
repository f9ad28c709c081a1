import { inspectCapability } from "@gvpie/capability";
import type { Script, ScriptChanges, ScriptOptions, ScriptOptionsPatch } from "@gvpie/daemon/store";
import { canvasSide, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { say } from "../output.ts";
import { STORE_OPTIONS, withStore } from "../store.ts";
import { line } from "../terminal-text.ts";
import { checkRuns, intervalMs, isProgram, readScript, readScriptCapability } from "./script-options.ts";

/** The value that removes an option. */
const NONE = "none";

export const set: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details: [
    "Options that are not given stay as they are. The value `none` removes an option, and `--param none` all parameters.",
    "A program is stored only if it runs without errors with the options that the script then has.",
  ].join("\n"),
  options: {
    ...STORE_OPTIONS,
    code: { type: "string", value: "file|-", help: "replace the code, in the same language" },
    capability: { type: "string", value: "file", help: "capability that the runs use" },
    interval: { type: "string", value: "seconds", help: "time between two starts" },
    width: { type: "string", value: "pixels", help: "width of the canvas" },
    height: { type: "string", value: "pixels", help: "height of the canvas" },
    background: { type: "string", value: "color", help: "#rgb, #rrggbb or #rrggbbaa" },
    param: PARAM_OPTION,
  },
  async run({ db, code: path, ...values }, [name = ""]) {
    const patchOptions = await readPatch(values);
    if (path === undefined && Object.values(patchOptions).every((value) => value === undefined)) {
      throw new UsageError("expected an option to change, such as --interval 60, got none");
    }
    await withStore(db, async (store) => {
      const before = await store.getScript(name);
      const code = path === undefined ? undefined : readScript(path, before.lang).code;
      checkProgram(path, before, { code, patchOptions });
      const after = await store.updateScript(name, { code, patchOptions });
      const changed = await changesOf(before, after);
      for (const [what, now, was] of changed) say(line`${name}: ${what} is ${now}, was ${was}`);
      if (changed.length === 0) say(line`${name}: nothing changed`);
    });
  },
});

interface GivenOptions {
  readonly capability: string | undefined;
  readonly interval: string | undefined;
  readonly width: string | undefined;
  readonly height: string | undefined;
  readonly background: string | undefined;
  readonly param: readonly string[];
}

async function readPatch(given: GivenOptions): Promise<ScriptOptionsPatch> {
  const { capability, interval, width, height, background, param } = given;
  return {
    width: unlessNone(width, (text) => canvasSide("--width", text)),
    height: unlessNone(height, (text) => canvasSide("--height", text)),
    background: unlessNone(background, (text) => text),
    intervalMs: unlessNone(interval, intervalMs),
    params: patchParams(param),
    capability: await unlessNone(capability, readScriptCapability),
  };
}

function unlessNone<T>(text: string | undefined, read: (text: string) => T): T | null | undefined {
  if (text === undefined) return undefined;
  return text === NONE ? null : read(text);
}

function patchParams(given: readonly string[]): ScriptOptionsPatch["params"] {
  if (given.length === 0) return undefined;
  if (!given.includes(NONE)) return readParams(given);
  if (given.length > 1) throw new UsageError("--param: expected `none` alone, or name=value, got both");
  return null;
}

/** Checks a program with the options that the script will have, if a change can make it fail. */
function checkProgram(
  path: string | undefined,
  { name, lang, code, options }: Script,
  { code: newCode, patchOptions = {} }: ScriptChanges,
): void {
  const { width, height, params } = patchOptions;
  const matters = [newCode, width, height, params].some((value) => value !== undefined);
  if (!isProgram(lang)) {
    if (params) throw new UsageError(`--param: expected a pixel program, got a ${lang} script: ${name}`);
    return;
  }
  if (!matters) return;
  checkRuns(path ?? name, newCode ?? code, {
    width: patched(options.width, width),
    height: patched(options.height, height),
    params: params === null ? {} : { ...options.params, ...(params as ScriptOptions["params"]) },
  });
}

function patched<T>(value: T | undefined, change: T | null | undefined): T | undefined {
  return change === undefined ? value : (change ?? undefined);
}

/** A changed value with its name, for people. */
type Change = readonly [name: string, now: string, was: string];

async function changesOf(before: Script, after: Script): Promise<Change[]> {
  const [was, now] = [await factsOf(before.options), await factsOf(after.options)];
  const changes = [...new Set([...now.keys(), ...was.keys()])]
    .map((name): Change => [name, now.get(name) ?? NONE, was.get(name) ?? NONE])
    .filter(([, value, old]) => value !== old);
  if (before.code === after.code) return changes;
  return [["code", `${after.codeBytes} bytes`, `${before.codeBytes} bytes`], ...changes];
}

async function factsOf(options: ScriptOptions): Promise<Map<string, string>> {
  const { width, height, background, intervalMs: interval, params = {}, capability } = options;
  const facts = new Map<string, string>();
  if (width !== undefined) facts.set("width", `${width}`);
  if (height !== undefined) facts.set("height", `${height}`);
  if (background !== undefined) facts.set("background", background);
  if (interval !== undefined) facts.set("interval", `${interval / 1000} s`);
  for (const [name, value] of Object.entries(params)) facts.set(`parameter ${name}`, JSON.stringify(value));
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
