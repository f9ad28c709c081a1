import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CapabilityBlock, CapabilityError, CapabilityLimits } from "@gvpie/capability";
import { type ChainCounters, createCounters } from "../../src/authority/counters.ts";

type Chain = readonly [CapabilityBlock, ...CapabilityBlock[]];

const KEY = { kty: "OKP", crv: "Ed25519", x: "A".repeat(43) } as const;

function block(id: string, limits: CapabilityLimits): CapabilityBlock {
  return { id, key: KEY, limits, sealed: false };
}

function errorOf(use: () => unknown): CapabilityError | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    return error as CapabilityError;
  }
}

/** Counters with a clock that the test advances. */
function createClocked() {
  const clock = { now: 1_000_000 };
  const counters = createCounters(() => clock.now);
  return { clock, counters, of: (...chain: Chain): ChainCounters => counters.of(chain) };
}

describe("requestsPerSecond", () => {
  test.each<[number, number]>([
    [1, 1],
    [2.5, 2],
    [100, 100],
    [0.001, 1],
    [0.5, 1],
    [1_000_000, 1_000_000],
  ])("%f a second: a burst of %i, then one for each interval", (rate, burst) => {
    const { clock, of } = createClocked();
    const chain = of(block("a", { requestsPerSecond: rate }));
    const admitted = (): boolean => errorOf(() => chain.admit(0)) === undefined;
    let count = 0;
    while (count <= burst && admitted()) count++;
    expect(count).toBe(burst);
    const interval = 1000 / rate;
    clock.now += (interval * (rate < 1 ? 1 : Math.ceil(rate) - rate)) / 2;
    expect(admitted()).toBe(false);
    for (let i = 0; i < 3; i++) {
      clock.now += interval + 1e-6;
      expect(admitted()).toBe(true);
    }
  });

  test("the message names the limit and the block, and retryAfterMs is exact, from 20 to 60,000", () => {
    const { clock, of } = createClocked();
    const chain = of(block("a", { inFlight: 9 }), block("b", { requestsPerSecond: 2 }));
    chain.admit(0)();
    chain.admit(0)();
    const error = errorOf(() => chain.admit(0));
    expect(error).toMatchObject({ code: "CAP_LIMIT_REQUESTS_PER_SECOND", block: 2, retryAfterMs: 500 });
    expect(error?.message).toBe(
      "expected at most 2 requests per second, got 3 (limit requestsPerSecond of block 2); try again in 500 ms",
    );
    clock.now += 499;
    expect(errorOf(() => chain.admit(0))).toMatchObject({ retryAfterMs: 20 });
    clock.now += 1;
    chain.admit(0);
    const slow = of(block("c", { requestsPerSecond: 0.001 }));
    slow.admit(0);
    expect(errorOf(() => slow.admit(0))).toMatchObject({ retryAfterMs: 60_000 });
  });

  test("a clock without value admits nothing more than a burst", () => {
    const { clock, of } = createClocked();
    const chain = of(block("a", { requestsPerSecond: 1 }));
    chain.admit(0);
    clock.now = NaN;
    expect(errorOf(() => chain.admit(0))?.code).toBe("CAP_LIMIT_REQUESTS_PER_SECOND");
  });
});

describe("counts", () => {
  test.each<[CapabilityLimits, readonly number[], string, number | undefined]>([
    [{ inFlight: 1 }, [0, 0], "CAP_LIMIT_IN_FLIGHT: expected at most 1 requests, got 2", 20],
    [{ inFlight: 0 }, [0], "CAP_LIMIT_IN_FLIGHT: expected at most 0 requests, got 1", undefined],
    [{ queuedBytes: 9 }, [5, 5], "CAP_LIMIT_QUEUED_BYTES: expected at most 9 bytes, got 10", 20],
    [{ queuedBytes: 9 }, [10], "CAP_LIMIT_QUEUED_BYTES: expected at most 9 bytes, got 10", undefined],
  ])(
    "%o admits all but the last of %o; a wait is stated only if it helps",
    (limits, loads, message, retryAfterMs) => {
      const { of } = createClocked();
      const chain = of(block("a", limits));
      const ends = loads.slice(0, -1).map((bytes) => chain.admit(bytes));
      const last = loads.at(-1) ?? 0;
      const error = errorOf(() => chain.admit(last));
      expect(`${error?.code}: ${error?.message}`).toContain(message);
      expect(error?.retryAfterMs).toBe(retryAfterMs);
      // An end that is called twice counts once.
      for (const end of [...ends, ...ends]) end();
      if (ends.length > 0) chain.admit(last);
      expect(errorOf(() => chain.admit(last))).toBeDefined();
    },
  );

  test("unreadBytes", () => {
    const { of } = createClocked();
    const chain = of(block("a", {}), block("b", { unreadBytes: 100 }));
    const end = chain.admitUnread(60);
    const code = "CAP_LIMIT_UNREAD_BYTES";
    expect(errorOf(() => chain.admitUnread(41))).toMatchObject({ code, block: 2, retryAfterMs: 20 });
    expect(errorOf(() => chain.admitUnread(101))).toMatchObject({ code, block: 2, retryAfterMs: undefined });
    chain.admitUnread(40);
    end();
    end();
    chain.admitUnread(60);
    expect(errorOf(() => chain.admitUnread(1))).toMatchObject({ code });
  });

  test.each([NaN, -1, 0.5, Infinity])("%f bytes are a mistake of the caller", (bytes) => {
    const { of } = createClocked();
    expect(() => of(block("a", {})).admit(bytes)).toThrow(RangeError);
    expect(() => of(block("a", {})).admitUnread(bytes)).toThrow(RangeError);
  });
});

// A forest: block n > 0 is below one of the earlier blocks, or is a first block. A chain is a path from a first block.
const limitsOf: fc.Arbitrary<CapabilityLimits> = fc.record(
  {
    requestsPerSecond: fc.constantFrom(0.5, 1, 2.5, 4, 10),
    inFlight: fc.integer({ min: 0, max: 4 }),
    queuedBytes: fc.integer({ min: 0, max: 30 }),
    unreadBytes: fc.integer({ min: 0, max: 30 }),
  },
  { requiredKeys: [] },
);
const forest = fc.array(fc.record({ parent: fc.nat(7), limits: limitsOf }), { minLength: 1, maxLength: 8 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("admit" as const), chain: fc.nat(7), bytes: fc.nat(12) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("unread" as const), chain: fc.nat(7), bytes: fc.nat(12) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("end" as const), which: fc.nat(50) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 99, 100, 250, 400, 1000, 9000),
    }),
  },
);

/** Remembers every use of a block for ever, and decides by counting all of them. */
class Model {
  readonly limits: CapabilityLimits;
  readonly starts: number[] = [];
  readonly requests = new Set<{ readonly bytes: number }>();
  readonly replies = new Set<{ readonly bytes: number }>();

  constructor(limits: CapabilityLimits) {
    this.limits = limits;
  }

  /** The largest burst law: in every window, at most burst + rate × length requests start. */
  allowsRate(now: number): boolean {
    const { requestsPerSecond: rate } = this.limits;
    if (rate === undefined) return true;
    const starts = [...this.starts, now];
    return starts.every((from, index) => {
      const count = starts.length - index;
      return count <= Math.max(1, rate) + (rate * (now - from)) / 1000 + 1e-9;
    });
  }

  allows(bytes: number, now: number): boolean {
    const { inFlight = Infinity, queuedBytes = Infinity } = this.limits;
    return this.allowsRate(now) && this.requests.size < inFlight && sum(this.requests) + bytes <= queuedBytes;
  }

  allowsUnread(bytes: number): boolean {
    return sum(this.replies) + bytes <= (this.limits.unreadBytes ?? Infinity);
  }
}

function sum(loads: Iterable<{ readonly bytes: number }>): number {
  return Array.from(loads).reduce((total, { bytes }) => total + bytes, 0);
}

test("for any blocks shared by any chains, a use is admitted exactly if every block of its chain has room, and else counts nowhere", () => {
  fc.assert(
    fc.property(forest, fc.array(step, { maxLength: 80 }), (nodes, steps) => {
      const { clock, counters } = createClocked();
      clock.now = 0;
      const blocks = nodes.map(({ limits }, index) => block(`block ${index}`, limits));
      const models = nodes.map(({ limits }) => new Model(limits));
      const pathOf = (index: number): readonly number[] => {
        const parent = nodes[index]?.parent ?? 0;
        return parent >= index ? [index] : [...pathOf(parent), index];
      };
      const chains = nodes.map((_, index) => {
        const path = pathOf(index);
        const own = counters.of(path.flatMap((i) => blocks[i] ?? []) as unknown as Chain);
        return { own, models: path.flatMap((i) => models[i] ?? []) };
      });
      const ends: (() => void)[] = [];
      for (const action of steps) {
        if (action.kind === "wait") clock.now += action.ms;
        if (action.kind === "end") ends[action.which % Math.max(1, ends.length)]?.();
        if (action.kind !== "admit" && action.kind !== "unread") continue;
        const { kind, bytes } = action;
        const chain = chains[action.chain % chains.length];
        if (chain === undefined) continue;
        const isRequest = kind === "admit";
        const expected = chain.models.every((model) =>
          isRequest ? model.allows(bytes, clock.now) : model.allowsUnread(bytes),
        );
        const load = { bytes };
        let end: (() => void) | undefined;
        const error = errorOf(
          () => (end = isRequest ? chain.own.admit(bytes) : chain.own.admitUnread(bytes)),
        );
        expect(error === undefined).toBe(expected);
        if (end === undefined) continue;
        const counted = end;
        for (const model of chain.models) {
          (isRequest ? model.requests : model.replies).add(load);
          if (isRequest) model.starts.push(clock.now);
        }
        ends.push(() => {
          counted();
          for (const model of chain.models) (isRequest ? model.requests : model.replies).delete(load);
        });
      }
    }),
    { numRuns: 1500 },
  );
});

test("a wait of retryAfterMs is enough if no other request comes, and nothing shorter is (from 20 to 60,000)", () => {
  fc.assert(
    fc.property(
      fc.array(limitsOf, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(500), { maxLength: 20 }),
      (all, waits) => {
        const { clock, counters } = createClocked();
        const waited: number[] = [];
        const isEarly: boolean[] = [];
        const rates = all.map(({ requestsPerSecond = 1 }) => ({ requestsPerSecond }));
        const chain = counters.of(rates.map((limits, i) => block(`${i}`, limits)) as unknown as Chain);
        for (const ms of waits) {
          clock.now += ms;
          const error = errorOf(() => chain.admit(1));
          if (error === undefined) continue;
          const { retryAfterMs = NaN } = error;
          waited.push(retryAfterMs);
          // A wait of up to 20 ms is stated as 20.
          const early = retryAfterMs > 20 ? retryAfterMs - 1 : 0;
          clock.now += early;
          isEarly.push(errorOf(() => chain.admit(1)) === undefined);
          clock.now += retryAfterMs - early;
          chain.admit(1);
        }
        expect(waited.filter((ms) => !(ms >= 20 && ms <= 60_000))).toEqual([]);
        expect(isEarly).not.toContain(true);
      },
    ),
    { numRuns: 300 },
  );
});

describe("narrowing again", () => {
  test.each([1, 8, 64])("into %i blocks gives no extra rate, requests in flight or bytes", (count) => {
    const { clock, of } = createClocked();
    const first = block("first", {});
    const own = block("own", { requestsPerSecond: 10, inFlight: 6, queuedBytes: 50, unreadBytes: 70 });
    const chains = Array.from({ length: count }, (_, i) =>
      of(
        first,
        own,
        block(`child ${i}`, { requestsPerSecond: 1_000_000, inFlight: 1_000_000 }),
        block(`leaf ${i}`, {}),
      ),
    );
    const admitted = (bytes: number): (() => void)[] =>
      Array.from({ length: 200 }, (_, i) => {
        let end: (() => void) | undefined;
        errorOf(() => (end = chains[i % count]?.admit(bytes)));
        return end;
      }).filter((end) => end !== undefined);
    const running = admitted(0);
    expect(running).toHaveLength(6);
    for (const end of running) end();
    expect(admitted(0)).toHaveLength(4);
    clock.now += 1000;
    expect(admitted(0)).toHaveLength(2);
    const unread = Array.from({ length: 200 }, (_, i) => errorOf(() => chains[i % count]?.admitUnread(10)));
    expect(unread.filter((error) => error === undefined)).toHaveLength(7);
  });
});

describe("counters are bounded", () => {
  test("those at rest are removed, and then give no more than before", () => {
    const { clock, counters, of } = createClocked();
    for (let i = 0; i < 100_000; i++) {
      clock.now += 1;
      of(
        block(`first ${i % 7}`, {}),
        block(`${i}`, { requestsPerSecond: 100, inFlight: 1, unreadBytes: 9 }),
      ).admit(0)();
    }
    expect(counters.size).toBeLessThanOrEqual(256);
  });

  test("chains without counted limits cost none", () => {
    const { counters, of } = createClocked();
    for (let i = 0; i < 1000; i++) {
      of(block(`${i}`, { pixels: 1 }), block(`child ${i}`, {})).admit(1);
      of(block(`${i}`, {})).admitUnread(1);
    }
    expect(counters.size).toBe(0);
  });

  test("a refused request leaves none behind", () => {
    const { counters, of } = createClocked();
    for (let i = 0; i < 1000; i++) {
      expect(
        errorOf(() => of(block("a", { inFlight: 0 }), block(`${i}`, { inFlight: 1 })).admit(0)),
      ).toBeDefined();
    }
    expect(counters.size).toBe(0);
  });

  test("1,024 blocks in use below one first block make its other blocks wait, and no other first block", () => {
    const { clock, counters, of } = createClocked();
    const child = (lane: string, i: number): ChainCounters =>
      of(block(lane, {}), block(`${lane} ${i}`, { requestsPerSecond: 0.001 }));
    for (let i = 0; i < 1024; i++) child("a", i).admit(0)();
    const error = errorOf(() => child("a", 1024).admit(0));
    expect(error).toMatchObject({ code: "CAP_TOO_MANY_IN_USE", block: 2, retryAfterMs: 1000 });
    expect(error?.message).toBe(
      "expected at most 1024 blocks with the same first block to be in use, got more (block 2); try again in 1000 ms",
    );
    // None is forgotten to make room.
    for (let i = 0; i < 1024; i++) expect(errorOf(() => child("a", i).admit(0))).toBeDefined();
    for (let i = 0; i < 1024; i++) child("b", i).admit(0)();
    expect(counters.size).toBe(2048);
    clock.now += 1_000_000;
    for (let i = 0; i < 1024; i++) child("a", 2000 + i).admit(0)();
    expect(counters.size).toBeLessThanOrEqual(2048);
  });

  test("a holder that narrows again and again leaves room for the other holders of its first block", () => {
    const { clock, counters, of } = createClocked();
    const slow = { requestsPerSecond: 0.001 };
    const child = (i: number): ChainCounters =>
      of(block("a", {}), block("attacker", {}), block(`below ${i}`, slow));
    const deep = (i: number): ChainCounters =>
      of(block("a", {}), block("x", {}), block("y", {}), block(`deep ${i}`, slow));
    for (let i = 0; i < 512; i++) child(i).admit(0)();
    expect(errorOf(() => child(512).admit(0))).toMatchObject({ code: "CAP_TOO_MANY_IN_USE", block: 3 });
    for (let i = 0; i < 256; i++) deep(i).admit(0)();
    expect(errorOf(() => deep(256).admit(0))?.message).toBe(
      "expected at most 256 blocks below block 3 to be in use, got more (block 4); try again in 1000 ms",
    );
    of(block("a", {}), block("quiet", slow)).admit(0)();
    expect(counters.size).toBeLessThanOrEqual(1024);
    clock.now += 2_000_000;
    deep(256).admit(0)();
  });

  test("counts that are held survive any number of other blocks", () => {
    const { clock, of } = createClocked();
    const held = of(block("x", {}), block("held", { inFlight: 1, unreadBytes: 5 }));
    const end = held.admit(0);
    const endUnread = held.admitUnread(5);
    for (let i = 0; i < 5000; i++) {
      clock.now += 1;
      of(block("x", {}), block(`other ${i}`, { requestsPerSecond: 100 })).admit(0)();
    }
    expect(errorOf(() => held.admit(0))?.code).toBe("CAP_LIMIT_IN_FLIGHT");
    expect(errorOf(() => held.admitUnread(1))?.code).toBe("CAP_LIMIT_UNREAD_BYTES");
    end();
    endUnread();
    held.admit(0);
    held.admitUnread(5);
  });
});
