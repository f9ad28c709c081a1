import type { PxlErrorCode } from "@gvpie/pxl-parser";

import type { RasterErrorCode } from "../errors.ts";

/** The colour that each character of a text picture stands for, as `#rrggbbaa` in lower case. */
export type Legend = Readonly<Record<string, string>>;

/** What rendering a case must give: a picture as text, the CRC-32 (ISO-HDLC, as in zip) of its bytes, or an error. */
export type Expected =
  | { readonly rows: readonly string[]; readonly legend?: Legend | undefined }
  | { readonly crc32: string }
  | { readonly error: RasterErrorCode | PxlErrorCode };

/** One program and the frame that every rasteriser makes of it. */
export interface RasterCase {
  readonly name: string;
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly background?: string | undefined;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  readonly expected: Expected;
}

/** A program that a generator made, with the canvas that it is meant for. */
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
  /** Rows and columns where a backend divides its work; coordinates gather at them and ±1 around them. */
  readonly borders?: readonly number[] | undefined;
}
