import { BASE64URL_32 } from "./encoding.ts";
import type { CapabilityLimits, LimitName } from "./types.ts";

/** A limit whose value is a number. */
export interface NumberLimit {
  /** The value of all blocks together: the least, or for `maximum` the greatest one. */
  readonly kind: "minimum" | "maximum";
  readonly integer: boolean;
  /** The least permitted value. */
  readonly least: number;
  /** The greatest permitted value. */
  readonly greatest: number;
  /** Unit for people, in the plural. */
  readonly unit: string;
  /** A sentence for people. */
  readonly doc: string;
}

/** A limit whose value is a set, written as a list without duplicates. */
export interface SetLimit {
  /** The value of all blocks together: the entries that every block with this limit has. */
  readonly kind: "intersection";
  /** The permitted entries, if there are few. */
  readonly values?: readonly string[];
  /** Matches a permitted entry. */
  readonly pattern: RegExp;
  /** The form of an entry, for people. */
  readonly entry: string;
  /** The least number of entries. */
  readonly least: number;
  /** The greatest number of entries. */
  readonly greatest: number;
  /** Name of the entries for people, in the plural. */
  readonly unit: string;
  readonly doc: string;
}

/** A text that restricts nothing. That of the last block counts. */
export interface TextLimit {
  readonly kind: "text";
  /** Greatest length in Unicode code points. */
  readonly greatest: number;
  readonly doc: string;
}

/** An entry of {@link LIMITS}. */
export type Limit = NumberLimit | SetLimit | TextLimit;

type LimitOf<Value> = [Value] extends [number]
  ? NumberLimit
  : [Value] extends [readonly string[]]
    ? SetLimit
    : TextLimit;

const MAX_ENTRIES = 64;

function count(unit: string, doc: string): NumberLimit {
  return { kind: "minimum", integer: true, least: 0, greatest: Number.MAX_SAFE_INTEGER, unit, doc };
}

function choice(values: readonly string[], unit: string, doc: string): SetLimit {
  const pattern = new RegExp(`^(?:${values.join("|")})$`);
  const entry = `one of ${values.join(", ")}`;
  return { kind: "intersection", values, pattern, entry, least: 0, greatest: MAX_ENTRIES, unit, doc };
}

/**
 * The closed list of limits: one entry per limit, in the order of its documentation. The reader, the meet of blocks, the messages and
 * the options of the command line derive from it.
 */
export const LIMITS: {
  readonly [Name in LimitName]-?: LimitOf<NonNullable<CapabilityLimits[Name]>>;
} = {
  operations: choice(["render_program", "ping"], "operations", "Operations that a request may ask for."),
  pixels: count("pixels", "Pixels of one canvas, or of all frames of one reply."),
  instructions: count("instructions", "Instructions of a program."),
  paintedPixels: count("painted pixels", "Pixels that a program may paint in one frame, overdraw included."),
  fuel: count("steps", "Steps in one frame of a program with jumps or loops."),
  codeBytes: count("bytes of code", "Length of a program in UTF-8 bytes."),
  frames: count("frames", "Frames of an animation that are rendered."),
  backends: choice(["cpu", "webgpu"], "backends", "Backends that may render."),
  programs: {
    kind: "intersection",
    pattern: /^[0-9a-f]{64}$/,
    entry: "a SHA-256 in 64 lower-case hexadecimal digits",
    least: 0,
    greatest: MAX_ENTRIES,
    unit: "programs",
    doc: "Programs that may be rendered, by the SHA-256 of their source in UTF-8.",
  },
  params: {
    kind: "intersection",
    pattern: /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
    entry: 'a name of 1 to 64 letters, digits or "_", the first not a digit',
    least: 0,
    greatest: MAX_ENTRIES,
    unit: "parameters",
    doc: "Names of the parameters that a request may give.",
  },
  inFlight: count("requests", "Requests that wait or run at the same time."),
  queuedBytes: count("bytes", "Bytes of the request files that wait or run."),
  unreadBytes: count("bytes", "Bytes of the reply files that no client has read yet."),
  requestsPerSecond: {
    kind: "minimum",
    integer: false,
    least: 0.001,
    greatest: 1_000_000,
    unit: "requests per second",
    doc: "Requests per second. Up to one second's worth, at least 1, may come at once.",
  },
  notBefore: {
    ...count("seconds since 1970", "The first second of validity, since 1970."),
    kind: "maximum",
  },
  expires: count("seconds since 1970", "The end of validity, in seconds since 1970."),
  audience: {
    kind: "intersection",
    pattern: BASE64URL_32,
    entry: "an RFC 7638 SHA-256 thumbprint in base64url",
    least: 1,
    greatest: 16,
    unit: "servers",
    doc: "Servers, by the thumbprint of their public key.",
  },
  purpose: { kind: "text", greatest: 256, doc: "Purpose, for the audit. It restricts nothing." },
};

/** Names of the limits, in the order of {@link LIMITS}. */
export const LIMIT_NAMES: readonly LimitName[] = Object.keys(LIMITS) as LimitName[];
