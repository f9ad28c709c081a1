import type { PxlErrorCode } from "@gvpie/pxl-parser";

import type { RasterErrorCode } from "../errors.ts";

/** The colour of each character of a text picture, as `#rrggbbaa` in lower case. */
export type Legend = Readonly<Record<string, string>>;

/** Expected result of a case: a picture as text, the CRC-32 (ISO-HDLC, as in zip) of its bytes, or an error. */
export type Expected =
  | { readonly rows: readonly string[]; readonly legend?: Legend | undefined }
  | { readonly crc32: string }
  | { readonly error: RasterErrorCode | PxlErrorCode };

/** A program and its expected frame or error. */
export interface RasterCase {
  readonly name: string;
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly background?: string | undefined;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly expected: Expected;
}

/** A generated program and its canvas. */
export interface RandomProgram {
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly background: string | undefined;
  /** Values for some of its parameters. */
  readonly params: Readonly<Record<string, string>>;
}

export interface RandomProgramOptions {
  /** Widths and heights to choose from, in pixels. Default: 1 … 200, mostly next to powers of two. */
  readonly sides?: readonly number[] | undefined;
  /** Rows and columns where a backend divides its work; many coordinates are at them or 1 beside them. */
  readonly borders?: readonly number[] | undefined;
}
