import { createHash } from "node:crypto";
import type { BackendName, CapabilityLimits, LimitName, Operation } from "@gvpie/capability";

/** Returns the SHA-256 of a program in hexadecimal digits. */
export const hashOf = (source: string): string => createHash("sha256").update(source).digest("hex");

/** The facts of one request, with what it needs until it is answered. */
export interface Facts {
  readonly operation: Operation;
  readonly pixels: number;
  readonly instructions: number;
  readonly paintedPixels: number;
  readonly fuel: number;
  readonly frames: number;
  readonly backend: BackendName;
  /** Source of the program. Absent for `ping`. */
  readonly code?: string;
  readonly params: readonly string[];
  /** Counts that include this request. */
  readonly inFlight: number;
  readonly queuedBytes: number;
  readonly unreadBytes: number;
  readonly requestsPerSecond: number;
  /** Seconds since 1970. */
  readonly now: number;
  /** Thumbprint of the server's key. */
  readonly server: string;
}

/** True if a limit of one block allows a request. */
type Rule<Name extends LimitName> = (limit: NonNullable<CapabilityLimits[Name]>, facts: Facts) => boolean;

/** The meaning of each limit, stated without the table of the package. The compiler requires one for every limit. */
const RULES: { readonly [Name in LimitName]: Rule<Name> } = {
  operations: (limit, { operation }) => limit.includes(operation),
  pixels: (limit, { pixels }) => pixels <= limit,
  instructions: (limit, { instructions }) => instructions <= limit,
  paintedPixels: (limit, { paintedPixels }) => paintedPixels <= limit,
  fuel: (limit, { fuel }) => fuel <= limit,
  codeBytes: (limit, { code }) => code === undefined || Buffer.byteLength(code) <= limit,
  frames: (limit, { frames }) => frames <= limit,
  backends: (limit, { backend }) => limit.includes(backend),
  programs: (limit, { code }) => code === undefined || limit.includes(hashOf(code)),
  params: (limit, { params }) => params.every((name) => limit.includes(name)),
  inFlight: (limit, { inFlight }) => inFlight <= limit,
  queuedBytes: (limit, { queuedBytes }) => queuedBytes <= limit,
  unreadBytes: (limit, { unreadBytes }) => unreadBytes <= limit,
  requestsPerSecond: (limit, { requestsPerSecond }) => requestsPerSecond <= limit,
  notBefore: (limit, { now }) => now >= limit,
  expires: (limit, { now }) => now < limit,
  audience: (limit, { server }) => limit.includes(server),
  purpose: () => true,
};

/** The names of all limits. */
export const NAMES = Object.keys(RULES) as readonly LimitName[];

/** True if one limit of a block, if it is there, allows a request. */
export function limitAllows(name: LimitName, limits: CapabilityLimits, facts: Facts): boolean {
  const limit = limits[name];
  return limit === undefined || (RULES[name] as (limit: unknown, facts: Facts) => boolean)(limit, facts);
}

/** True if all limits of a block allow a request. */
export function blockAllows(limits: CapabilityLimits, facts: Facts): boolean {
  return NAMES.every((name) => limitAllows(name, limits, facts));
}

/** True if every block of a chain allows a request: the definition of what a capability allows. */
export function chainAllows(chain: readonly CapabilityLimits[], facts: Facts): boolean {
  return chain.every((limits) => blockAllows(limits, facts));
}

/** True if a limit that is there stays there, and allows no more than before. */
export function shrinks(name: LimitName, before: CapabilityLimits, after: CapabilityLimits): boolean {
  const [wide, narrow] = [before[name], after[name]];
  if (wide === undefined) return true;
  if (typeof wide === "string") return typeof narrow === "string";
  if (typeof wide === "object") {
    return typeof narrow === "object" && narrow.every((entry) => (wide as readonly string[]).includes(entry));
  }
  return typeof narrow === "number" && (name === "notBefore" ? narrow >= wide : narrow <= wide);
}
