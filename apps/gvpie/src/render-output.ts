import { hash } from "node:crypto";
import { format as formatPath, parse as parsePath } from "node:path";
import { readCartridgeMetadata } from "@gvpie/cartridge";
import type { AnyDiagnostic } from "./diagnostics.ts";
import { CommandError } from "./errors.ts";
import { frameBytes } from "./frame-bytes.ts";
import { exists, inputName, readPng } from "./input.ts";
import { say } from "./output.ts";
import type { RenderedFile } from "./render-file.ts";
import { line, type TerminalText } from "./terminal-text.ts";

/** The extension of a file of each format; raw pixels of one program go to stdout by default. */
export const EXTENSIONS: Readonly<Record<string, string>> = {
  png: ".png",
  gif: ".gif",
  webp: ".webp",
  raw: ".raw",
};

/** Returns the output of one program without `-o`. */
export function defaultOutput(path: string, format: string): string {
  if (path === "-" || format === "raw") return "-";
  const { root, dir, name } = parsePath(path);
  return formatPath({ root, dir, name, ext: EXTENSIONS[format] ?? "" });
}

/** @throws {CommandError} if `output`, a default name, exists and is not a cartridge that this format replaces. */
export function refuseToReplace(output: string, format: string): void {
  if (!exists(output)) return;
  try {
    if (format === "png" && readCartridgeMetadata(readPng(output, false)).checksum !== undefined) return;
  } catch {
    // Not a PNG.
  }
  throw new CommandError(
    "WOULD_OVERWRITE",
    `${output} exists${format === "png" ? " and is not a cartridge" : ""}; name it with -o to replace it`,
  );
}

/** Prints the warnings about a program. */
export async function sayWarnings(
  path: string,
  source: string,
  warnings: readonly AnyDiagnostic[],
): Promise<void> {
  if (warnings.length === 0) return;
  const [{ formatDiagnostics }, { styleFor }] = await Promise.all([
    import("./diagnostics.ts"),
    import("./style.ts"),
  ]);
  say(formatDiagnostics(inputName(path), source, warnings, styleFor("stderr")).trimEnd());
}

/** Returns the line about a written file. */
export function summaryOf(output: string, { bytes, frames, isAnimation, info }: RenderedFile): TerminalText {
  const [{ width, height }] = frames;
  const by = info.backend === "cpu" ? "" : `, rendered by ${info.adapter}`;
  const count = isAnimation ? `, ${frames.length} frames` : "";
  return line`wrote ${output}, ${width}×${height}${count}, ${bytes.length} bytes${by}`;
}

/** Returns the facts about a written file that `--json` prints. */
export function factsOf(file: string, format: string, rendered: RenderedFile): object {
  const { bytes, frames, isAnimation, info, warnings } = rendered;
  const [frame] = frames;
  const { width, height } = frame;
  return {
    file,
    format,
    bytes: bytes.length,
    width,
    height,
    animation: isAnimation ? (frame.animation ?? null) : null,
    checksum: hash("sha256", frameBytes(frame)),
    ...info,
    warnings,
  };
}
