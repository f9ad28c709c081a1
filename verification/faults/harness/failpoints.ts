import * as testing from "@gvpie/testing";

const SOURCES = ["file-socket", "daemon"].map(
  (name) => new URL(`../../../packages/${name}/src/`, import.meta.url),
);

/** Recorded by a case that kills processes at failpoints. */
export interface FailpointCount {
  /** Number of failpoints in this form. */
  readonly failpoints: number;
}

/** Returns, in order, the names of all failpoints in the sources that begin with `prefix`. */
export function failpointNames(prefix: string): string[] {
  return SOURCES.flatMap(testing.failpointNames).filter((name) => name.startsWith(prefix));
}

/** Returns every nth name, a sample for a short form. */
export function everyNth(n: number, names: readonly string[]): string[] {
  return names.filter((_, index) => index % n === 0);
}
