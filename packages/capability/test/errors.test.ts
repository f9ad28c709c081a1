// Codes and messages of the errors.
import { CapabilityError, limitError } from "@gvpie/capability";
import { expect, test } from "vitest";

test.each([
  {
    limit: "pixels",
    exceeded: { allowed: 8192, got: 9000, block: 2 },
    message: "expected at most 8192 pixels, got 9000 (limit pixels of block 2)",
  },
  {
    limit: "requestsPerSecond",
    exceeded: { allowed: 2.5, got: 3, block: 1, retryAfterMs: 400 },
    message:
      "expected at most 2.5 requests per second, got 3 (limit requestsPerSecond of block 1); try again in 400 ms",
  },
  {
    limit: "operations",
    exceeded: { allowed: ["ping"], got: "render_program", block: 1 },
    message: 'expected one of the operations "ping", got "render_program" (limit operations of block 1)',
  },
  {
    limit: "params",
    exceeded: { allowed: ["a", "b", "c", "d", "e", "f"], got: "g\n", block: 3 },
    message:
      'expected one of the parameters "a", "b", "c", "d" and 2 more, got "g\\u{a}" (limit params of block 3)',
  },
  {
    limit: "backends",
    exceeded: { allowed: [], got: "cpu", block: 1 },
    message: 'expected none of the backends, got "cpu" (limit backends of block 1)',
  },
] as const)(
  "a use beyond $limit says what is allowed, and by which block",
  ({ limit, exceeded, message }) => {
    const error = limitError(limit, exceeded);
    expect(error).toBeInstanceOf(CapabilityError);
    expect(error.message).toBe(message);
    expect(error.limit).toBe(limit);
    expect(error.block).toBe(exceeded.block);
  },
);

test.each([
  ["operations", "CAP_LIMIT_OPERATIONS"],
  ["pixels", "CAP_LIMIT_PIXELS"],
  ["instructions", "CAP_LIMIT_INSTRUCTIONS"],
  ["paintedPixels", "CAP_LIMIT_PAINTED_PIXELS"],
  ["fuel", "CAP_LIMIT_FUEL"],
  ["codeBytes", "CAP_LIMIT_CODE_BYTES"],
  ["frames", "CAP_LIMIT_FRAMES"],
  ["backends", "CAP_LIMIT_BACKENDS"],
  ["programs", "CAP_LIMIT_PROGRAMS"],
  ["params", "CAP_LIMIT_PARAMS"],
  ["inFlight", "CAP_LIMIT_IN_FLIGHT"],
  ["queuedBytes", "CAP_LIMIT_QUEUED_BYTES"],
  ["unreadBytes", "CAP_LIMIT_UNREAD_BYTES"],
  ["requestsPerSecond", "CAP_LIMIT_REQUESTS_PER_SECOND"],
] as const)("a use beyond %s has the code %s", (limit, code) => {
  expect(limitError(limit, { allowed: 0, got: 1, block: 1 }).code).toBe(code);
});
