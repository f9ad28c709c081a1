import type { RasterErrorCode } from "../errors.ts";
import { GOLDEN } from "./golden.ts";
import type { Legend, RasterCase } from "./types.ts";

/** Returns a case as large as its picture. */
export function picture(
  name: string,
  source: string,
  rows: readonly string[],
  { legend, params }: { readonly legend?: Legend; readonly params?: RasterCase["params"] } = {},
): RasterCase {
  const width = rows[0]?.length ?? 0;
  return { name, source, width, height: rows.length, params, expected: { rows, legend } };
}

/** Returns a case whose frame is compared with a recorded checksum. */
export function golden(
  name: string,
  width: number,
  height: number,
  source: string,
  background?: string,
): RasterCase {
  return { name, source, width, height, background, expected: { crc32: GOLDEN[name] ?? "missing" } };
}

/** Returns a case of a program that fails when it runs. */
export function failure(name: string, source: string, error: RasterErrorCode): RasterCase {
  return { name: `${name} is refused`, source, width: 4, height: 2, expected: { error } };
}
