import { DEFAULT_LIMITS, HARD_LIMITS, type Limits } from "@gvpie/raster";
import { integerOption, type SettingOption } from "./command.ts";

/** The option of every command that runs a program. `verify` has `--limit`, because a verifier has more limits to set. */
export const FUEL_OPTION: SettingOption = {
  type: "string",
  value: "steps",
  help: "most steps that the program may take",
  default: String(DEFAULT_LIMITS.fuel),
};

/** @throws {UsageError} if `steps` is not a whole number up to the hard limit. */
export function limitsWithFuel(steps: string): Limits {
  return { ...DEFAULT_LIMITS, fuel: integerOption("--fuel", steps, 1, HARD_LIMITS.fuel) };
}
