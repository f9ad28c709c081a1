import { statSync } from "node:fs";
import type { Frame } from "@gvpie/raster";
import { compareFrames } from "./compare-frames.ts";
import { counted } from "./counted.ts";
import { say } from "./output.ts";
import { expandPatterns } from "./patterns.ts";
import { type RenderOne, sayFailure } from "./render-many.ts";
import { listenForStop } from "./stop-keys.ts";
import { line } from "./terminal-text.ts";

/** Milliseconds between two looks at the files: soon enough for a person, and cheap for a thousand files. */
const POLL_MS = 200;

interface Watched {
  /** Identity and time of the file when it was rendered last. */
  readonly version: string;
  /** Its picture; undefined if it failed. */
  readonly frame: Frame | undefined;
}

/**
 * Renders the programs, and each again when its file changes, until Ctrl-C or a signal. The files are looked at by name, so that an
 * editor may replace them, and a file that is missing for a moment keeps its picture. Returns the exit code.
 */
export async function watchPrograms(paths: readonly string[], renderOne: RenderOne): Promise<number> {
  const stop = listenForStop();
  const known = new Map<string, Watched>();
  try {
    for (let isFirst = true; !stop.signal.aborted; isFirst = false) {
      for (const path of expandPatterns(paths)) {
        const version = versionOf(path);
        const before = known.get(path);
        if (before?.version === version || (version === undefined && before !== undefined)) continue;
        known.set(path, { version: version ?? "", frame: await renderAgain(path, before, renderOne) });
        if (stop.signal.aborted) break;
      }
      if (isFirst) say(`watching ${counted(known.size, "program")}; Ctrl-C ends`);
      await stop.sleep(POLL_MS);
    }
  } finally {
    stop.close();
  }
  return 0;
}

async function renderAgain(
  path: string,
  before: Watched | undefined,
  renderOne: RenderOne,
): Promise<Frame | undefined> {
  try {
    const { frames } = await renderOne(path);
    const [frame] = frames;
    if (before?.frame !== undefined) say(line`${path}: ${changeOf(before.frame, frame)}`);
    return frame;
  } catch (error) {
    await sayFailure(error);
    return before?.frame;
  }
}

/** Says in words how a picture changed. */
function changeOf(before: Frame, after: Frame): string {
  if (before.width !== after.width || before.height !== after.height) {
    return `now ${after.width}×${after.height} pixels`;
  }
  const difference = compareFrames(before, after);
  if (difference === undefined) return "the picture is unchanged";
  const { pixels, box } = difference;
  return `${counted(pixels, "pixel")} changed, within ${box.width}×${box.height} at ${box.x},${box.y}`;
}

/** Returns a text that changes when a file is written or replaced; undefined if there is none. */
function versionOf(path: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false, bigint: true });
  return file === undefined ? undefined : [file.dev, file.ino, file.size, file.mtimeNs].join();
}
