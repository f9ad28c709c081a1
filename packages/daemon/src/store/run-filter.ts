import { describeValue } from "@gvpie/pxl-parser";
import type { PruneRules, RunFilter } from "./operation-types.ts";

const RESULTS: ReadonlySet<unknown> = new Set(["failed", "running", "succeeded", undefined]);
/** A prefix of the times that this package writes; they are compared as text. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z?)?$/;
const MAX_KEPT = 1_000_000;

/** @throws {RangeError} for a value that the list would ignore or take for another. */
export function checkRunFilter({ result, since, until }: RunFilter): void {
  if (!RESULTS.has(result)) {
    throw new RangeError(`result: expected failed, running or succeeded, got ${describeValue(result)}`);
  }
  checkTime("since", since);
  checkTime("until", until);
}

/** @throws {RangeError}. */
export function checkPruneRules({ olderThan, keep }: PruneRules): void {
  checkTime("olderThan", olderThan);
  if (keep === undefined || (Number.isInteger(keep) && keep >= 1 && keep <= MAX_KEPT)) return;
  throw new RangeError(`keep: expected an integer from 1 to ${MAX_KEPT}, got ${describeValue(keep)}`);
}

function checkTime(name: string, time: string | undefined): void {
  if (time === undefined || TIME.test(time)) return;
  const example = "a time in ISO 8601 and UTC, such as 2026-11-24T04:05:06.789Z";
  throw new RangeError(`${name}: expected ${example}, got ${describeValue(time)}`);
}
