/** Writes a chain of limits as a Biscuit with checks, as a second opinion on what the chain allows. */
import {
  AuthorizerBuilder,
  Biscuit,
  type BiscuitBuilder,
  type BlockBuilder,
  KeyPair,
  prepareTerm,
  SignatureAlgorithm,
} from "@biscuit-auth/biscuit-wasm";
import type { CapabilityLimits, LimitName } from "@gvpie/capability";
import { type Facts, hashOf } from "./definition.ts";

/** Biscuit's default is 1 ms of wall-clock time, which a busy machine exceeds. */
const RUN_LIMITS = { max_facts: 1_000, max_iterations: 100, max_time_micro: 60_000_000 };

const root = new KeyPair(SignatureAlgorithm.Ed25519);

/** Returns a rate as an integer: Datalog has no other numbers. */
const inMillionths = (rate: number): number => Math.round(rate * 1e6);

/** For each limit, its check in Datalog, where {limit} is the value of the block, and the fact that it reads. */
const CHECKS: Readonly<Record<LimitName, readonly [check: string, fact: (facts: Facts) => unknown]>> = {
  operations: ["operation($x), {limit}.contains($x)", ({ operation }) => operation],
  pixels: ["pixels($x), $x <= {limit}", ({ pixels }) => pixels],
  instructions: ["instructions($x), $x <= {limit}", ({ instructions }) => instructions],
  paintedPixels: ["painted($x), $x <= {limit}", ({ paintedPixels }) => paintedPixels],
  fuel: ["fuel($x), $x <= {limit}", ({ fuel }) => fuel],
  codeBytes: [
    'code_bytes($x), $x <= {limit} or operation("ping")',
    ({ code = "" }) => Buffer.byteLength(code),
  ],
  frames: ["frames($x), $x <= {limit}", ({ frames }) => frames],
  backends: ["backend($x), {limit}.contains($x)", ({ backend }) => backend],
  programs: ['program($x), {limit}.contains($x) or operation("ping")', ({ code = "" }) => hashOf(code)],
  params: ["params($x), {limit}.contains($x)", ({ params }) => new Set(params)],
  inFlight: ["in_flight($x), $x <= {limit}", ({ inFlight }) => inFlight],
  queuedBytes: ["queued_bytes($x), $x <= {limit}", ({ queuedBytes }) => queuedBytes],
  unreadBytes: ["unread_bytes($x), $x <= {limit}", ({ unreadBytes }) => unreadBytes],
  requestsPerSecond: ["rate($x), $x <= {limit}", ({ requestsPerSecond }) => inMillionths(requestsPerSecond)],
  notBefore: ["time($x), $x >= {limit}", ({ now }) => now],
  expires: ["expiry($x), $x < {limit}", ({ now }) => now],
  audience: ["server($x), {limit}.contains($x)", ({ server }) => server],
  purpose: ["purpose($x), $x != {limit}", () => ""],
};

const nameOfFact = (check: string): string => check.slice(0, check.indexOf("("));

type Builder = BiscuitBuilder | BlockBuilder;

/** Adds a check for each limit of a block. */
function addChecks<Built extends Builder>(builder: Built, limits: CapabilityLimits): Built {
  for (const [name, limit] of Object.entries(limits) as [LimitName, unknown][]) {
    if (limit === undefined) continue;
    const value = name === "requestsPerSecond" ? inMillionths(limit as number) : limit;
    const term = prepareTerm(Array.isArray(value) ? new Set(value) : value);
    builder.addCodeWithParameters(`check if ${CHECKS[name][0]}`, { limit: term }, {});
  }
  return builder;
}

/** Builds a Biscuit with the checks of a chain. */
export function buildBiscuit([first, ...rest]: readonly CapabilityLimits[]): Biscuit {
  let token = addChecks(Biscuit.builder(), first ?? {}).build(root.getPrivateKey());
  for (const limits of rest) token = appendLimits(token, limits);
  return token;
}

/** Appends the checks of a block, and facts that the block claims for itself. */
export function appendLimits(token: Biscuit, limits: CapabilityLimits, claims?: Facts): Biscuit {
  const block = addChecks(Biscuit.block_builder(), limits);
  if (claims !== undefined) addFacts(block, claims);
  return token.appendBlock(block);
}

function addFacts(builder: BlockBuilder | AuthorizerBuilder, facts: Facts): void {
  for (const [check, fact] of Object.values(CHECKS)) {
    builder.addCodeWithParameters(`${nameOfFact(check)}({fact})`, { fact: prepareTerm(fact(facts)) }, {});
  }
}

/** Sends a Biscuit as text and verifies its signatures. */
export function sendBiscuit(token: Biscuit): Biscuit {
  return Biscuit.fromBase64(token.toBase64(), root.getPublicKey());
}

/** Authorizes a request with a Biscuit. */
export function biscuitAllows(token: Biscuit, facts: Facts): boolean {
  const builder = new AuthorizerBuilder();
  addFacts(builder, facts);
  builder.addCode("allow if true");
  try {
    builder.buildAuthenticated(token).authorizeWithLimits(RUN_LIMITS);
    return true;
  } catch (error) {
    if (typeof error === "object" && error !== null && "FailedLogic" in error) return false;
    throw new Error(`expected a verdict of Biscuit, got ${JSON.stringify(error)}`, { cause: error });
  }
}
