import { CapabilityError, type UseLimitName } from "../errors.ts";
import { limitError } from "../limit-error.ts";
import type { CapabilityBlock, CapabilityLimits } from "../types.ts";
import { type Bucket, createBucket, isFull, take, tokensAt, waitMs } from "./bucket.ts";

/**
 * Most blocks with the same first block that are counted at the same time. Below the second block of a chain there are at most half as
 * many, below the third a quarter, and so on: a holder that narrows again and again leaves room for the others.
 */
const MAX_COUNTERS = 1024;
/** Counters after which those at rest are removed for the first time. */
const FIRST_SWEEP = 256;
const MIN_RETRY_MS = 20;
const MAX_RETRY_MS = 60_000;
const ROUNDING_MS = 1e-6;

/** Counts the use of the blocks of one capability. */
export interface ChainCounters {
  /** As `admit` of a grant. */
  admit(bytes: number): () => void;
  /** As `admitUnread` of a grant. */
  admitUnread(bytes: number): () => void;
}

/** The counters of all blocks in use. Chains that have a block in common share its counter. */
export interface Counters {
  of(blocks: readonly [CapabilityBlock, ...CapabilityBlock[]]): ChainCounters;
  /** Number of counters, some of which may be at rest. */
  readonly size: number;
}

/** The use of one block. */
interface Counter {
  /** Ids of the blocks before it. */
  readonly ancestors: readonly string[];
  readonly bucket: Bucket | undefined;
  inFlight: number;
  queuedBytes: number;
  unreadBytes: number;
}

/** The counters of the blocks with one first block. */
interface Lane {
  readonly counters: Map<string, Counter>;
  /** Number of the counters below each block. */
  readonly below: Map<string, number>;
}

/** A block of a chain with a limit that is counted. */
interface Counted {
  /** From 1. */
  readonly number: number;
  readonly id: string;
  /** Ids of the blocks before it. */
  readonly ancestors: readonly string[];
  readonly limits: CapabilityLimits;
}

/** Such a block with its counter. */
interface Use extends Counted {
  readonly counter: Counter;
}

/** A limit that a use would exceed. */
interface Excess {
  readonly number: number;
  readonly limit: UseLimitName;
  readonly allowed: number;
  readonly got: number;
  /** Infinity if no wait helps. */
  readonly waitMs: number;
}

/** @param monotonic returns milliseconds that never decrease. */
export function createCounters(monotonic: () => number): Counters {
  /** By the id of the first block. */
  const lanes = new Map<string, Lane>();
  let size = 0;
  let sweepAt = FIRST_SWEEP;

  /** A counter at rest equals a new one, so that its removal gives no block more. */
  function sweepLane(id: string, lane: Lane, now: number): void {
    for (const [block, counter] of lane.counters) {
      if (!isAtRest(counter, now)) continue;
      lane.counters.delete(block);
      size--;
      for (const ancestor of counter.ancestors) addBelow(lane, ancestor, -1);
    }
    if (lane.counters.size === 0) lanes.delete(id);
  }

  /** Keeps the counters, or throws if there are too many already. */
  function keep(laneId: string, uses: readonly Use[], now: number): void {
    if (size >= sweepAt) {
      for (const [id, lane] of lanes) sweepLane(id, lane, now);
      sweepAt = Math.max(FIRST_SWEEP, 2 * size);
    }
    const lane: Lane = lanes.get(laneId) ?? { counters: new Map(), below: new Map() };
    if (crowdingOf(lane, uses) !== undefined) sweepLane(laneId, lane, now);
    const crowding = crowdingOf(lane, uses);
    if (crowding !== undefined) throw crowding;
    for (const { id, counter } of uses) {
      if (lane.counters.has(id)) continue;
      lane.counters.set(id, counter);
      size++;
      for (const ancestor of counter.ancestors) addBelow(lane, ancestor, 1);
    }
    if (lane.counters.size > 0) lanes.set(laneId, lane);
  }

  /** Counts one use at every block, or at none. */
  function count(
    laneId: string,
    blocks: readonly Counted[],
    excessesOf: (use: Use, now: number) => readonly Excess[],
    add: (counter: Counter, now: number) => void,
    remove: (counter: Counter) => void,
  ): () => void {
    const now = monotonic();
    const lane = lanes.get(laneId);
    const uses = blocks.map((block) => ({
      ...block,
      counter: lane?.counters.get(block.id) ?? createCounter(block, now),
    }));
    const [first, ...others] = uses.flatMap((use) => excessesOf(use, now));
    if (first !== undefined) throw refusal(first, others);
    keep(laneId, uses, now);
    for (const { counter } of uses) add(counter, now);
    let isCounted = true;
    return () => {
      if (isCounted) for (const { counter } of uses) remove(counter);
      isCounted = false;
    };
  }

  return {
    get size() {
      return size;
    },
    of: (blocks) => {
      const laneId = blocks[0].id;
      const ids = blocks.map(({ id }) => id);
      const all = blocks.map(({ id, limits }, index) => {
        return { number: index + 1, id, ancestors: ids.slice(0, index), limits };
      });
      const ofRequests = all.filter(({ limits }) => hasRequestLimit(limits));
      const ofReplies = all.filter(({ limits }) => limits.unreadBytes !== undefined);
      return {
        admit: (bytes) => {
          requireBytes(bytes);
          return count(
            laneId,
            ofRequests,
            (use, now) => requestExcesses(use, bytes, now),
            (counter, now) => {
              counter.inFlight++;
              counter.queuedBytes += bytes;
              if (counter.bucket !== undefined) take(counter.bucket, now);
            },
            (counter) => {
              counter.inFlight--;
              counter.queuedBytes -= bytes;
            },
          );
        },
        admitUnread: (bytes) => {
          requireBytes(bytes);
          return count(
            laneId,
            ofReplies,
            (use) => replyExcesses(use, bytes),
            (counter) => void (counter.unreadBytes += bytes),
            (counter) => void (counter.unreadBytes -= bytes),
          );
        },
      };
    },
  };
}

function hasRequestLimit({ inFlight, queuedBytes, requestsPerSecond }: CapabilityLimits): boolean {
  return inFlight !== undefined || queuedBytes !== undefined || requestsPerSecond !== undefined;
}

function createCounter({ ancestors, limits: { requestsPerSecond } }: Counted, now: number): Counter {
  const bucket = requestsPerSecond === undefined ? undefined : createBucket(requestsPerSecond, now);
  return { ancestors, bucket, inFlight: 0, queuedBytes: 0, unreadBytes: 0 };
}

function isAtRest({ inFlight, queuedBytes, unreadBytes, bucket }: Counter, now: number): boolean {
  if (inFlight > 0 || queuedBytes > 0 || unreadBytes > 0) return false;
  return bucket === undefined || isFull(bucket, now);
}

/** Returns the refusal of new counters for which a lane, or the part of it below a block, has no room. */
function crowdingOf({ counters, below }: Lane, uses: readonly Use[]): CapabilityError | undefined {
  const added = uses.filter(({ id }) => !counters.has(id));
  const last = added.at(-1);
  if (last === undefined) return undefined;
  if (counters.size + added.length > MAX_COUNTERS) {
    return tooManyBlocks(MAX_COUNTERS, "with the same first block", added[0]?.number);
  }
  for (const [index, ancestor] of last.ancestors.entries()) {
    const most = MAX_COUNTERS >> index;
    const more = added.filter(({ ancestors }) => ancestors.length > index).length;
    if ((below.get(ancestor) ?? 0) + more <= most) continue;
    return tooManyBlocks(most, `below block ${index + 1}`, last.number);
  }
  return undefined;
}

function addBelow({ below }: Lane, block: string, count: number): void {
  const sum = (below.get(block) ?? 0) + count;
  if (sum > 0) below.set(block, sum);
  else below.delete(block);
}

function requestExcesses({ number, limits, counter }: Use, bytes: number, now: number): readonly Excess[] {
  const excesses: Excess[] = [];
  const { inFlight = Infinity, queuedBytes = Infinity, requestsPerSecond: allowed } = limits;
  if (!(counter.inFlight + 1 <= inFlight)) {
    const wait = inFlight < 1 ? Infinity : 0;
    excesses.push({ number, limit: "inFlight", allowed: inFlight, got: counter.inFlight + 1, waitMs: wait });
  }
  const queued = counter.queuedBytes + bytes;
  if (!(queued <= queuedBytes)) {
    const wait = bytes > queuedBytes ? Infinity : 0;
    excesses.push({ number, limit: "queuedBytes", allowed: queuedBytes, got: queued, waitMs: wait });
  }
  const { bucket } = counter;
  if (bucket !== undefined && allowed !== undefined && waitMs(bucket, now) !== 0) {
    const got = Math.ceil(bucket.burst - tokensAt(bucket, now)) + 1;
    excesses.push({ number, limit: "requestsPerSecond", allowed, got, waitMs: waitMs(bucket, now) });
  }
  return excesses;
}

function replyExcesses({ number, limits, counter }: Use, bytes: number): readonly Excess[] {
  const { unreadBytes: allowed = Infinity } = limits;
  const got = counter.unreadBytes + bytes;
  if (got <= allowed) return [];
  return [{ number, limit: "unreadBytes", allowed, got, waitMs: bytes > allowed ? Infinity : 0 }];
}

/** The longest wait decides: a caller that comes earlier would be refused again. */
function refusal(first: Excess, others: readonly Excess[]): CapabilityError {
  const {
    number,
    limit,
    allowed,
    got,
    waitMs: wait,
  } = others.reduce((worst, excess) => (excess.waitMs > worst.waitMs ? excess : worst), first);
  const retryAfterMs = Number.isFinite(wait) ? retryAfter(wait) : undefined;
  return limitError(limit, { allowed, got, block: number, retryAfterMs });
}

function tooManyBlocks(most: number, which: string, block: number | undefined): CapabilityError {
  const expectation = `expected at most ${most} blocks ${which} to be in use, got more`;
  const retryAfterMs = 1000;
  const advice = `try again in ${retryAfterMs} ms`;
  return new CapabilityError("CAP_TOO_MANY_IN_USE", expectation, { block, retryAfterMs, advice });
}

function retryAfter(wait: number): number {
  return Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, Math.ceil(wait - ROUNDING_MS)));
}

function requireBytes(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`expected bytes to be an integer from 0, got ${bytes}`);
  }
}
