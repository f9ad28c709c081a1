import { formatSpan } from "@gvpie/app-common";

/** Returns the time since an ISO 8601 time of a row that any program may have written. */
export function spanSince(at: string | undefined, now: number): string {
  const ms = now - Date.parse(at ?? "");
  return Number.isNaN(ms) ? "some time" : formatSpan(ms);
}
