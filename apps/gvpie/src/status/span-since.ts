import { formatSpan, parseTime } from "@gvpie/app-common";

/** Returns the time since an ISO 8601 time of a row that any program may have written. */
export function spanSince(at: string | undefined, now: number): string {
  const from = parseTime(at ?? "");
  return from === undefined ? "some time" : formatSpan(now - from);
}
