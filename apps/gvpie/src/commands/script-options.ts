import type { DurationRules } from "@gvpie/app-common";
import { inspectCapability } from "@gvpie/capability";
import {
  MAX_INTERVAL_MS,
  MAX_RETRIES,
  type Lang,
  type ScriptOptions,
  type ScriptOptionsPatch,
} from "@gvpie/daemon/store";
import { checkDrawing } from "@gvpie/raster";
import { resolve } from "node:path";
import { readToken } from "../capability/files.ts";
import { canvasSide, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { durationOption, integerOption, listOf, type TextOption } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { exists, inputName, readProgramOrPng } from "../input.ts";
import { toProgramError } from "../program-error.ts";

/** Greatest number of a version of a script's code. */
export const MAX_VERSION = 999_999_999_999_999;

/** The value that removes an option. */
export const NONE = "none";

/** The bounds of the store. */
export const INTERVAL_RULES: DurationRules = { minMs: 1, maxMs: MAX_INTERVAL_MS };
export const TIMEOUT_RULES: DurationRules = { minMs: 1, maxMs: 24 * 86_400_000 };
export const MISSED = ["once", "skip"] as const;

type OptionName =
  | "interval"
  | "cron"
  | "tz"
  | "missed"
  | "timeout"
  | "retries"
  | "size"
  | "width"
  | "height"
  | "background"
  | "capability";

/** The options of a script, as `scripts add` and `scripts set` take them. */
export const SCRIPT_OPTIONS: Readonly<Record<OptionName, TextOption>> & {
  readonly param: typeof PARAM_OPTION;
} = {
  interval: {
    type: "string",
    value: "time",
    help: "time between two starts: 500ms, 30s, 15m, 1h or 1d; a bare number is seconds",
  },
  cron: {
    type: "string",
    value: "line",
    help: "times of the starts in five or six fields, instead of an interval",
  },
  tz: { type: "string", value: "zone", help: "time zone of --cron, such as Europe/Berlin; default UTC" },
  missed: {
    type: "string",
    value: "once|skip",
    help: "after missed starts: run once, which is the default, or skip them",
  },
  timeout: { type: "string", value: "time", help: "time limit of a run" },
  retries: { type: "string", value: "n", help: "early repetitions after a failure; default 0" },
  size: { type: "string", value: "WxH", help: "width and height of the canvas, such as 128x64" },
  width: { type: "string", value: "pixels", help: "width of the canvas" },
  height: { type: "string", value: "pixels", help: "height of the canvas" },
  background: { type: "string", value: "color", help: "#rgb, #rrggbb or #rrggbbaa" },
  param: PARAM_OPTION,
  capability: { type: "string", value: "file", help: "capability that the runs use" },
};

type Given = Readonly<Record<OptionName, string | undefined>> & { readonly param: readonly string[] };

/**
 * Reads the options that were given. The value `none` becomes null; an option that was not given is undefined. The store checks the
 * cron line and the zone.
 *
 * @throws {UsageError | CapabilityFileError | CapabilityError | CommandError}
 */
export async function readOptions(given: Given): Promise<ScriptOptionsPatch> {
  const { interval, cron, tz, missed, timeout, retries, background, param, capability } = given;
  const patch = {
    ...readSize(given),
    background: unlessNone(background, (text) => text),
    intervalMs: unlessNone(interval, (text) =>
      durationOption("--interval", text, { ...INTERVAL_RULES, bare: "s" }),
    ),
    cron: unlessNone(cron, (text) => text),
    timeZone: unlessNone(tz, (text) => text),
    missed: unlessNone(missed, readMissed),
    timeoutMs: unlessNone(timeout, (text) => durationOption("--timeout", text, TIMEOUT_RULES)),
    retries: unlessNone(retries, (text) => integerOption("--retries", text, 0, MAX_RETRIES)),
    params: patchParams(param),
    capability: await unlessNone(capability, readScriptCapability),
  };
  if (typeof patch.intervalMs === "number" && typeof patch.cron === "string") {
    throw new UsageError("expected --interval or --cron, got both");
  }
  return patch;
}

function unlessNone<T>(text: string | undefined, read: (text: string) => T): T | null | undefined {
  if (text === undefined) return undefined;
  return text === NONE ? null : read(text);
}

function readSize({ size, width, height }: Given): Pick<ScriptOptionsPatch, "width" | "height"> {
  if (size === undefined) {
    return {
      width: unlessNone(width, (text) => canvasSide("--width", text)),
      height: unlessNone(height, (text) => canvasSide("--height", text)),
    };
  }
  if (width !== undefined || height !== undefined) {
    throw new UsageError("expected --size, or --width and --height, got both");
  }
  if (size === NONE) return { width: null, height: null };
  const [, across, down] = /^(\d+)x(\d+)$/.exec(size) ?? [];
  if (across === undefined || down === undefined) {
    throw new UsageError(`--size: expected width and height, such as 128x64, got "${size}"`);
  }
  return { width: canvasSide("--size", across), height: canvasSide("--size", down) };
}

function readMissed(text: string): (typeof MISSED)[number] {
  const found = MISSED.find((one) => one === text);
  if (found === undefined) throw new UsageError(`--missed: expected ${listOf(MISSED)}, got "${text}"`);
  return found;
}

function patchParams(given: readonly string[]): ScriptOptionsPatch["params"] {
  if (given.length === 0) return undefined;
  if (!given.includes(NONE)) return readParams(given);
  if (given.length > 1) throw new UsageError("--param: expected `none` alone, or name=value, got both");
  return null;
}

/** Returns the options of a script to which a patch has been applied; parameters are merged. */
export function patchedOptions(options: ScriptOptions, patch: ScriptOptionsPatch): ScriptOptions {
  const params = patch.params === null ? {} : withChanges({ ...options.params }, patch.params ?? {});
  return {
    ...withChanges({ ...options }, patch),
    params: Object.keys(params).length > 0 ? params : undefined,
  };
}

function withChanges<T extends Readonly<Record<string, unknown>>>(
  values: T,
  changes: Readonly<Record<string, unknown>>,
): T {
  const changed = Object.entries(changes).filter(([, value]) => value !== undefined);
  const removed = new Set(changed.flatMap(([name, value]) => (value === null ? [name] : [])));
  return Object.fromEntries(
    Object.entries({ ...values, ...Object.fromEntries(changed) }).filter(([name]) => !removed.has(name)),
  ) as T;
}

/**
 * Reads the file of a capability for a script and checks its form. The daemon that runs the script verifies it.
 *
 * @throws {CapabilityFileError | CapabilityError | CommandError}
 */
async function readScriptCapability(path: string): Promise<string> {
  if (path === "-") throw new UsageError("expected the file of a capability, got -");
  const text = readToken(path);
  await inspectCapability(text);
  return text;
}

/** Runs a program without painting, so that a script that always fails is not stored. */
export function checkRuns(
  path: string,
  source: string,
  { width, height, params = {} }: Pick<ScriptOptions, "width" | "height" | "params">,
): void {
  try {
    checkDrawing(source, { width, height, params });
  } catch (error) {
    throw toProgramError(error, inputName(path), source);
  }
}

/** True if scripts in this language are programs. */
export function isProgram(lang: string): boolean {
  return lang === "pixel" || lang === "gvpie";
}

/** Returns a script's language and code, from the contents and the name of its file. */
export function readScript(path: string, wanted: Lang | undefined): { lang: Lang; code: string } {
  const input = readProgramOrPng(path);
  if ("png" in input) {
    if (path === "-") throw new UsageError("expected the path of a PNG, got its bytes on stdin");
    if (wanted !== undefined && wanted !== "cartridge") {
      throw new UsageError(`expected the code of a ${wanted} script, got a PNG: ${path}`);
    }
    const absolute = resolve(path);
    // Node replaces bytes of the working directory that are not UTF-8.
    if (!exists(absolute)) {
      throw new CommandError("NOT_UTF8", `expected a directory with a name in UTF-8, got ${absolute}`);
    }
    return { lang: "cartridge", code: absolute };
  }
  const lang = wanted ?? (path.endsWith(".py") ? "python" : "pixel");
  return { lang, code: input.source };
}
