import { parseDuration } from "@gvpie/app-common";
import { parseWholeNumber } from "@gvpie/app-common/daemon";
import type { Kept } from "@gvpie/daemon";
import { type Command, InvalidArgumentError, Option } from "commander";

const MAX_COUNT = 1_000_000;
const MIN_OUTPUT_BYTES = 256;
const MAX_OUTPUT_BYTES = 1_048_576;

/** The limits of the history. */
export interface HistoryConfig {
  /** Undefined: all. */
  readonly keepRuns: Kept | undefined;
  /** Undefined: all. */
  readonly keepCartridges: Kept | undefined;
  readonly maxOutputBytes: number;
}

interface Flags {
  readonly keepRuns?: Kept;
  readonly keepCartridges?: Kept;
  readonly maxOutput: number;
}

export function addHistoryOptions(command: Command): void {
  command
    .addOption(
      new Option(
        "--keep-runs <n|age>",
        "runs of each script to keep: the last 1000, or those of the last 90d; repeat it to keep both; default: all",
      )
        .env("GVPIE_KEEP_RUNS")
        .argParser(addKept),
    )
    .addOption(
      new Option(
        "--keep-cartridges <n|age>",
        "cartridges of each script to keep, as above; the files of the others are deleted; default: all",
      )
        .env("GVPIE_KEEP_CARTRIDGES")
        .argParser(addKept),
    )
    .addOption(
      new Option("--max-output <bytes>", "bytes of stdout and of stderr to record of a run; the rest is cut")
        .env("GVPIE_MAX_OUTPUT")
        .default(16_384)
        .argParser(parseWholeNumber({ least: MIN_OUTPUT_BYTES, most: MAX_OUTPUT_BYTES })),
    );
}

export function historyConfig(command: Command): HistoryConfig {
  const { keepRuns, keepCartridges, maxOutput } = command.opts<Flags>();
  return { keepRuns, keepCartridges, maxOutputBytes: maxOutput };
}

/** Parses a count, an age, or both separated by `:`, as in the environment, or by a comma. */
function addKept(text: string, before: Kept = {}): Kept {
  return Object.assign({}, before, ...text.split(/[,:]/).map(parseKept)) as Kept;
}

function parseKept(text: string): Kept {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count >= 1 && count <= MAX_COUNT) return { count };
  } else {
    try {
      return { ageMs: parseDuration(text, { minMs: 1_000 }) };
    } catch {
      // The message below also explains counts.
    }
  }
  throw new InvalidArgumentError(
    `Expected a number from 1 to ${MAX_COUNT} such as 1000, or an age such as 12h or 90d.`,
  );
}
