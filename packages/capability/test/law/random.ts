import { createHash } from "node:crypto";
import { type CapabilityLimits, LIMITS, type LimitName } from "@gvpie/capability";
import type { SeededRandom } from "@gvpie/testing/random";
import { type Facts, hashOf, limitAllows, NAMES } from "./definition.ts";

/** Sources of programs, whose hashes `programs` may hold: of 5, 12 and 13 bytes in UTF-8. */
const SOURCES: readonly string[] = ["HALT\n", "RECT 0 0 1 1", "# é 123\nHALT"];

/** Three servers, by thumbprints. */
export const SERVERS: readonly string[] = ["first", "second", "third"].map((name) =>
  createHash("sha256").update(name).digest("base64url"),
);

/** Entries from which the tests make sets. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  operations: ["render_program", "ping"],
  backends: ["cpu", "webgpu"],
  programs: SOURCES.map(hashOf),
  params: ["a", "b", "c"],
  audience: SERVERS,
};

export function entriesOf(name: LimitName): readonly string[] {
  const entries = ENTRIES[name];
  if (entries === undefined) throw new TypeError(`expected entries for ${name}: add some to this table`);
  return entries;
}

/** Numbers at the ends of the range of a limit, and some between. */
export function numbersOf(name: LimitName): readonly number[] {
  const limit = LIMITS[name];
  if (limit.kind !== "minimum" && limit.kind !== "maximum") return [];
  const { least, greatest, integer } = limit;
  return [least, integer ? least + 1 : least * 1.5, 12, 13, 4096, greatest];
}

/** Returns some values of a limit of any kind; each of its set's subsets. */
export function valuesOf(name: LimitName): readonly NonNullable<CapabilityLimits[LimitName]>[] {
  const limit = LIMITS[name];
  if (limit.kind === "text") return ["one", "two", "three"];
  if (limit.kind !== "intersection") return numbersOf(name);
  const entries = entriesOf(name);
  const subsets = Array.from({ length: 2 ** entries.length }, (_, bits) =>
    entries.filter((_, index) => (bits >> index) % 2 === 1),
  );
  return subsets.filter(({ length }) => length >= limit.least);
}

/** Returns the limits of a block: each with a probability of 1 in `rarity`. */
export function randomLimits(random: SeededRandom, rarity: number, isFirst: boolean): CapabilityLimits {
  const present = NAMES.filter((name) => (isFirst && name === "audience") || random.oneIn(rarity));
  return Object.fromEntries(present.map((name) => [name, random.pick(valuesOf(name))]));
}

/** Returns the limits of 1 to `most` blocks. */
export function randomChain(random: SeededRandom, most: number): CapabilityLimits[] {
  const rarity = 2 + random.below(8);
  return Array.from({ length: 1 + random.below(most) }, (_, index) =>
    randomLimits(random, rarity, index === 0),
  );
}

/** Every number of a limit, the one below it and the one above it. */
const numbersNear = (name: LimitName): readonly number[] =>
  [...new Set(numbersOf(name).flatMap((n) => [n - 1, n, n + 1]))].filter(
    (n) => n >= 0 && Number.isSafeInteger(n),
  );

/** Returns the facts of a request near the limits of a chain, such that about half of all requests are refused. */
export function randomFacts(random: SeededRandom, chain: readonly CapabilityLimits[]): Facts {
  /** Picks a value that some limits allow, if there is one; in one of 30 cases any value. */
  const choose = <Value>(
    names: readonly LimitName[],
    values: readonly Value[],
    facts: (value: Value) => Partial<Facts>,
  ): Partial<Facts> => {
    const fitting = values.filter((value) =>
      chain.every((limits) => names.every((name) => limitAllows(name, limits, facts(value) as Facts))),
    );
    return facts(random.pick(fitting.length === 0 || random.oneIn(30) ? values : fitting));
  };
  const number = (name: LimitName & keyof Facts): Partial<Facts> =>
    choose([name], numbersNear(name), (value) => ({ [name]: value }));
  const operation = choose(["operations"], ["render_program", "ping"] as const, (operation) => ({
    operation,
  }));
  const times = numbersNear("expires").filter((now) => now < 8e12);
  const rates = [...numbersOf("requestsPerSecond"), 0.5, 11.5];
  return {
    ...operation,
    ...(operation.operation === "render_program" &&
      choose(["programs", "codeBytes"], SOURCES, (code) => ({ code }))),
    ...number("pixels"),
    ...number("instructions"),
    ...number("paintedPixels"),
    ...number("fuel"),
    ...number("frames"),
    ...choose(["backends"], ["cpu", "webgpu"] as const, (backend) => ({ backend })),
    ...choose(["params"], valuesOf("params") as readonly (readonly string[])[], (params) => ({ params })),
    ...number("inFlight"),
    ...number("queuedBytes"),
    ...number("unreadBytes"),
    ...choose(["requestsPerSecond"], rates, (requestsPerSecond) => ({ requestsPerSecond })),
    ...choose(["expires", "notBefore"], times, (now) => ({ now })),
    ...choose(["audience"], SERVERS, (server) => ({ server })),
  } as Facts;
}
