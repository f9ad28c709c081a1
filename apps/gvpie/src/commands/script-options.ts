import { inspectCapability } from "@gvpie/capability";
import { checkDrawing, type CheckDrawingOptions } from "@gvpie/raster";
import { resolve } from "node:path";
import { readToken } from "../capability/files.ts";
import { integerOption } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { exists, inputName, readProgramOrPng } from "../input.ts";
import { toProgramError } from "../program-error.ts";

/** Languages of scripts. */
export const LANGS = ["pixel", "gvpie", "cartridge", "python"] as const;
export type Lang = (typeof LANGS)[number];

const MAX_INTERVAL_SECONDS = 31_536_000;

/** Parses the value of `--interval`; returns milliseconds. */
export function intervalMs(seconds: string): number {
  return integerOption("--interval", seconds, 1, MAX_INTERVAL_SECONDS) * 1000;
}

/**
 * Reads the file of a capability for a script and checks its form. The daemon that runs the script verifies it.
 *
 * @throws {CapabilityFileError | CapabilityError | CommandError}
 */
export async function readScriptCapability(path: string): Promise<string> {
  if (path === "-") throw new UsageError("expected the file of a capability, got -");
  const text = readToken(path);
  await inspectCapability(text);
  return text;
}

/** Runs a program without painting, so that a script that always fails is not stored. */
export function checkRuns(path: string, source: string, options: CheckDrawingOptions): void {
  try {
    checkDrawing(source, options);
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
