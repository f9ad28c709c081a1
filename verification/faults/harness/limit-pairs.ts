import { createHash } from "node:crypto";
import type { BackendName, CapabilityLimits, LimitName } from "@gvpie/capability";

/** A render with which one limit of server and capability is compared. */
export interface LimitPair {
  readonly limit: LimitName;
  readonly tighter: "server" | "capability" | "neither";
  readonly code: string;
  readonly frames?: "all";
  readonly params?: Readonly<Record<string, string | number>>;
  /** The limit of the capability. */
  readonly own: CapabilityLimits;
  /** The code of the refusal; undefined if it renders. */
  readonly expected: string | undefined;
}

/** Flags of a server with limits below those of the programs that exceed them. */
export const SERVER_FLAGS: readonly string[] = [
  "--max-pixels=10000",
  "--max-instructions=50",
  "--max-painted-pixels=20000",
];

const rects = (count: number): string => "RECT 0 0 1 1\n".repeat(count);
const loop = (turns: number): string => `SET i 0\nl:\nADD i 1\nIF i < ${turns} l`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const STILL = "RECT 1 1 5 5\n";
const ANIMATION = "CANVAS 9 8\nFRAMES 4 40\nRECT frame 1 3 3\n";

/** For each limit a render within both, one beyond the capability's and, where the server has one, one beyond the server's. */
export const LIMIT_PAIRS: readonly LimitPair[] = [
  ...numbers(
    "pixels",
    "CANVAS 90 100\nRECT 0 0 1 1",
    "CANVAS 101 100\nRECT 0 0 1 1",
    9_000,
    "RASTER_LIMIT_PIXELS",
    "CAP_LIMIT_PIXELS",
  ),
  ...numbers("instructions", rects(40), rects(51), 40, "RASTER_LIMIT_INSTRUCTIONS", "CAP_LIMIT_INSTRUCTIONS"),
  ...numbers(
    "paintedPixels",
    "CANVAS 90 100\nRECT 0 0 90 100\n",
    "CANVAS 90 100\n" + "RECT 0 0 90 100\n".repeat(3),
    9_000,
    "RASTER_LIMIT_PAINTED",
    "CAP_LIMIT_PAINTED_PIXELS",
  ),
  ...numbers("fuel", loop(50), loop(600_000), 101, "RASTER_LIMIT_FUEL", "CAP_LIMIT_FUEL"),
  ...numbers(
    "frames",
    ANIMATION,
    "CANVAS 2 1\nFRAMES 1001 40\n",
    4,
    "RASTER_LIMIT_FRAMES",
    "CAP_LIMIT_FRAMES",
  ).map((pair) => ({ ...pair, frames: "all" as const })),
  ...allowed(
    "codeBytes",
    STILL,
    { codeBytes: STILL.length },
    { codeBytes: STILL.length - 1 },
    "CAP_LIMIT_CODE_BYTES",
  ),
  ...allowed(
    "operations",
    STILL,
    { operations: ["render_program"] },
    { operations: ["ping"] },
    "CAP_LIMIT_OPERATIONS",
  ),
  ...allowed(
    "programs",
    STILL,
    { programs: [sha256(STILL)] },
    { programs: [sha256("HALT")] },
    "CAP_LIMIT_PROGRAMS",
  ),
  ...allowed(
    "params",
    "PARAM a 1\nRECT 0 0 {a} 1\n",
    { params: ["a"] },
    { params: ["b"] },
    "CAP_LIMIT_PARAMS",
  ).map((pair) => ({
    ...pair,
    params: { a: 2 },
  })),
];

/** The sets of backends that a capability may allow. */
export const BACKEND_SETS: readonly (readonly BackendName[] | undefined)[] = [
  undefined,
  ["cpu"],
  ["webgpu"],
  ["cpu", "webgpu"],
  [],
];

function numbers(
  limit: LimitName,
  within: string,
  beyond: string,
  needed: number,
  serverCode: string,
  capabilityCode: string,
): LimitPair[] {
  return [
    { limit, tighter: "neither", code: within, own: { [limit]: needed }, expected: undefined },
    { limit, tighter: "capability", code: within, own: { [limit]: needed - 1 }, expected: capabilityCode },
    { limit, tighter: "server", code: beyond, own: { [limit]: 2 ** 40 }, expected: serverCode },
    // Beyond both: the tighter one is named.
    { limit, tighter: "capability", code: beyond, own: { [limit]: 0 }, expected: capabilityCode },
  ];
}

function allowed(
  limit: LimitName,
  code: string,
  own: CapabilityLimits,
  other: CapabilityLimits,
  capabilityCode: string,
): LimitPair[] {
  return [
    { limit, tighter: "neither", code, own, expected: undefined },
    { limit, tighter: "capability", code, own: other, expected: capabilityCode },
  ];
}

/** A slot command and the code of its refusal by the limits of {@link SERVER_FLAGS}; undefined if it renders. */
export interface SlotCommand {
  readonly limit: LimitName;
  readonly code: string;
  readonly width: number;
  readonly height: number;
  readonly expected: string | undefined;
}

const SLOT = { width: 128, height: 64 };

export const SLOT_COMMANDS: readonly SlotCommand[] = [
  { ...SLOT, limit: "operations", code: STILL, expected: undefined },
  { limit: "pixels", code: STILL, width: 101, height: 100, expected: "FSOCK_CANVAS_TOO_LARGE" },
  { ...SLOT, limit: "instructions", code: rects(51), expected: "RASTER_LIMIT_INSTRUCTIONS" },
  { ...SLOT, limit: "paintedPixels", code: "RECT 0 0 128 64\n".repeat(3), expected: "RASTER_LIMIT_PAINTED" },
  { ...SLOT, limit: "fuel", code: loop(600_000), expected: "RASTER_LIMIT_FUEL" },
];
