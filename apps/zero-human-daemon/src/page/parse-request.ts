import { parseRowId, parseTime } from "@gvpie/app-common";
import type { RowId } from "@gvpie/daemon/store";
import { PageError } from "./page-error.ts";

/**
 * Parses the id of a row.
 *
 * @throws {PageError} 404.
 */
export function parseId(text: string | undefined): RowId {
  const id = parseRowId(text ?? "");
  if (id === undefined) {
    throw new PageError(404, "There is nothing at this address: expected the number of a row.");
  }
  return id;
}

/** Returns the value if it is one of the values, otherwise the first of them. */
export function oneOf<T extends string>(values: readonly [T, ...T[]], value: string | null): T {
  return values.find((one) => one === value) ?? values[0];
}

/** Returns a text of the query for a filter; nothing if it is empty. */
export function textFilter(query: URLSearchParams, name: "script"): { script?: string } {
  const value = query.get(name);
  return value === null || value === "" ? {} : { [name]: value };
}

/**
 * Returns a time of the query for a filter, in ISO 8601; nothing if it is empty.
 *
 * @throws {PageError} 400.
 */
export function timeFilter(
  query: URLSearchParams,
  name: "since" | "until",
): { since?: string; until?: string } {
  const value = (query.get(name) ?? "").trim();
  if (value === "") return {};
  const at = parseTime(value);
  if (at === undefined) {
    throw new PageError(
      400,
      `${name}: expected a time in UTC, such as 2026-11-28 02:00, got ${JSON.stringify(value)}`,
    );
  }
  return { [name]: new Date(at).toISOString() };
}
