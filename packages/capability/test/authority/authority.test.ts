import { createHash, webcrypto } from "node:crypto";
import {
  type AuthorityOptions,
  type CapabilityAuthority,
  CapabilityError,
  type CapabilityLimits,
  type CapabilityUse,
  createAuthority,
  createKey,
  issueCapability,
  narrowCapability,
  type PrivateKey,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";
import { beforeAll, describe, expect, test, vi } from "vitest";

const NOW = 1_800_000_000;
const CODE = "RECT 0 0 1 1 é";
const HASH = createHash("sha256").update(CODE).digest("hex");

let root: PrivateKey;
let holder: PrivateKey;
let next: PrivateKey;
let audience: string;

beforeAll(async () => {
  root = await createKey();
  holder = await createKey();
  next = await createKey();
  audience = await thumbprintOf(await createKey());
});

function createServer(options: Partial<AuthorityOptions> = {}): CapabilityAuthority {
  return createAuthority({
    roots: [publicKeyOf(root)],
    audience,
    now: () => NOW * 1000,
    monotonic: () => 0,
    ...options,
  });
}

async function issue(limits: CapabilityLimits = {}): Promise<string> {
  return issueCapability({
    rootKey: root,
    to: publicKeyOf(holder),
    limits: { audience: [audience], ...limits },
  });
}

async function narrow(text: string, limits: CapabilityLimits): Promise<string> {
  return narrowCapability(text, { key: holder, to: publicKeyOf(holder), limits });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof CapabilityError ? error.code : String(error);
}

function errorOf(use: () => unknown): CapabilityError | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    return error as CapabilityError;
  }
}

describe("verified capabilities", () => {
  test("a capability is verified once; then it is known, without a signature check or a hash", async () => {
    const authority = createServer();
    const text = await issue();
    expect(authority.known(text)).toBeUndefined();
    const grant = await authority.open(text);
    const spies = [vi.spyOn(webcrypto.subtle, "verify"), vi.spyOn(webcrypto.subtle, "digest")];
    expect(authority.known(text)).toBe(grant);
    expect(await authority.open(text)).toBe(grant);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(grant.capability.text).toBe(text);
  });

  test("concurrent calls share one verification", async () => {
    const authority = createServer();
    const text = await narrow(await issue(), { pixels: 1 });
    const spy = vi.spyOn(webcrypto.subtle, "verify");
    const grants = await Promise.all(Array.from({ length: 20 }, async () => authority.open(text)));
    expect(spy).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
    expect(new Set(grants).size).toBe(1);
  });

  test("a refused capability is not known, and is verified again", async () => {
    let now = NOW - 1;
    const authority = createServer({ now: () => now * 1000 });
    const text = await issue({ notBefore: NOW });
    expect(await Promise.all([codeOf(authority.open(text)), codeOf(authority.open(text))])).toEqual([
      "CAP_NOT_YET_VALID",
      "CAP_NOT_YET_VALID",
    ]);
    expect(authority.known(text)).toBeUndefined();
    now = NOW;
    expect((await authority.open(text)).capability.limits.notBefore).toBe(NOW);
  });

  test("those for another server, of another root and with a changed signature are refused", async () => {
    const authority = createServer();
    const other = await createKey();
    const text = await issue();
    const changed = `${text.slice(0, -2)}${text.endsWith("AA") ? "BQ" : "AA"}`;
    expect(await codeOf(authority.open(await issue({ audience: [await thumbprintOf(other)] })))).toBe(
      "CAP_WRONG_AUDIENCE",
    );
    const foreign = issueCapability({
      rootKey: other,
      to: publicKeyOf(holder),
      limits: { audience: [audience] },
    });
    expect(await codeOf(authority.open(await foreign))).toBe("CAP_UNKNOWN_ROOT");
    expect(await codeOf(authority.open(changed))).toBe("CAP_BAD_SIGNATURE");
    expect(await codeOf(authority.open("x".repeat(1 << 20)))).toBe("CAP_TOO_LONG");
    expect(authority.known(changed)).toBeUndefined();
  });

  test.each(["of several first blocks", "of one first block"])(
    "the least recently used is forgotten first, %s; its counts are not",
    async (which) => {
      const authority = createServer({ maxKnown: 2 });
      const first = await issue();
      const make = async (limits: CapabilityLimits): Promise<string> =>
        which === "of one first block" ? narrow(first, limits) : issue(limits);
      const [a, b, c] = [await make({}), await make({ inFlight: 1 }), await make({})];
      const known = (): boolean[] => [a, b, c].map((text) => authority.known(text) !== undefined);
      await authority.open(a);
      (await authority.open(b)).admit({ bytes: 0 });
      authority.known(a);
      await authority.open(c);
      expect(known()).toEqual([true, false, true]);
      const again = await authority.open(b);
      expect(known()).toEqual([false, true, true]);
      expect(errorOf(() => again.admit({ bytes: 0 }))?.code).toBe("CAP_LIMIT_IN_FLIGHT");
    },
  );

  test("one holder who narrows without end drives out no capability of another first block", async () => {
    const authority = createServer({ maxKnown: 8 });
    const quiet = [await issue(), await issue()];
    for (const text of quiet) await authority.open(text);
    const busy = await issue();
    for (let i = 0; i < 30; i++) {
      const text = await narrow(busy, { pixels: i });
      expect(await authority.open(text)).toBe(authority.known(text));
    }
    expect(quiet.map((text) => authority.known(text)?.capability.text)).toEqual(quiet);
  });

  test.each([0, -1, 1.5, NaN])("maxKnown %f is a mistake of the caller", (maxKnown) => {
    expect(() => createServer({ maxKnown })).toThrow(RangeError);
  });
});

test("all capabilities below a block share its counts, across holders and after a narrowing", async () => {
  const authority = createServer();
  const first = await issue({ inFlight: 2 });
  const toNext = await narrowCapability(first, {
    key: holder,
    to: publicKeyOf(next),
    limits: { inFlight: 9 },
  });
  const grants = await Promise.all(
    [first, toNext, await narrow(first, { inFlight: 1 })].map(async (text) => authority.open(text)),
  );
  const [own, nexts, narrowed] = grants;
  const end = narrowed?.admit({ bytes: 1 });
  expect(errorOf(() => narrowed?.admit({ bytes: 1 }))).toMatchObject({
    code: "CAP_LIMIT_IN_FLIGHT",
    block: 2,
  });
  nexts?.admit({ bytes: 1 });
  for (const grant of grants) expect(errorOf(() => grant.admit({ bytes: 1 }))?.retryAfterMs).toBe(20);
  expect(errorOf(() => own?.admit({ bytes: 1 }))?.block).toBe(1);
  end?.();
  own?.admit({ bytes: 1 });
});

describe("checkNow", () => {
  test("a known capability that has expired, or whose middle block was revoked, is refused at its next use", async () => {
    let now = NOW;
    const revoked = new Set<string>();
    const authority = createServer({ now: () => now * 1000, isRevoked: (id) => revoked.has(id) });
    const text = await narrow(await narrow(await issue({ expires: NOW + 10 }), {}), { expires: NOW + 5 });
    const grant = await authority.open(text);
    grant.checkNow();
    now = NOW + 5;
    expect(errorOf(grant.checkNow)).toMatchObject({ code: "CAP_EXPIRED", block: 3, limit: "expires" });
    expect(await codeOf(authority.open(text))).toBe("CAP_EXPIRED");
    now = NOW;
    revoked.add(grant.capability.blocks[1]?.id ?? "");
    expect(errorOf(grant.checkNow)).toMatchObject({ code: "CAP_REVOKED", block: 2 });
    expect(await codeOf(authority.open(text))).toBe("CAP_REVOKED");
  });
});

describe("checkUse", () => {
  test.each<[string, CapabilityLimits, Partial<CapabilityUse>, string]>([
    ["operations", { operations: ["ping"] }, {}, 'one of the operations "ping", got "render_program"'],
    ["operations", { operations: [] }, { operation: "ping" }, 'none of the operations, got "ping"'],
    ["codeBytes", { codeBytes: 14 }, {}, "at most 14 bytes of code, got 15"],
    ["codeBytes", { codeBytes: 9 }, { code: "é€😀\ud800" }, "at most 9 bytes of code, got 12"],
    ["programs", { programs: ["0".repeat(64)] }, {}, `got "${HASH.slice(0, 40)}`],
    // In UTF-8 it has the bytes of another program.
    [
      "programs",
      { programs: [createHash("sha256").update("\ufffd").digest("hex")] },
      { code: "\ud800" },
      "lone surrogates",
    ],
    [
      "params",
      { params: ["speed"] },
      { params: ["speed", "__proto__"] },
      'parameters "speed", got "__proto__"',
    ],
    ["params", { params: [] }, { params: ["a"] }, 'none of the parameters, got "a"'],
    ["pixels", { pixels: 100 }, { pixels: 101 }, "at most 100 pixels, got 101"],
    ["pixels", { pixels: 100 }, { pixels: NaN }, "at most 100 pixels, got NaN"],
  ])("%s", async (limit, limits, use, message) => {
    const grant = await createServer().open(await narrow(await issue(), limits));
    const error = errorOf(() => grant.checkUse({ operation: "render_program", code: CODE, ...use }));
    const code = `CAP_LIMIT_${limit.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
    expect(error).toMatchObject({ code, limit, block: 2, retryAfterMs: undefined });
    expect(error?.message).toContain(message);
    expect(error?.message).toContain(`(limit ${limit} of block 2)`);
  });

  test("a rendering without a program is none of the allowed programs", async () => {
    const grant = await createServer().open(await issue({ programs: [HASH] }));
    expect(errorOf(() => grant.checkUse({ operation: "render_program" }))?.code).toBe("CAP_LIMIT_PROGRAMS");
  });

  test("a use within all limits passes, up to each limit", async () => {
    const limits: CapabilityLimits = {
      operations: ["render_program"],
      codeBytes: Buffer.byteLength(CODE),
      programs: [HASH],
      params: ["speed"],
      pixels: 100,
    };
    const grant = await createServer().open(await issue(limits));
    grant.checkUse({ operation: "render_program", code: CODE, params: ["speed"], pixels: 100 });
    grant.checkUse({ operation: "render_program", code: CODE });
    const ping = await createServer().open(await issue({ ...limits, operations: ["ping"] }));
    ping.checkUse({ operation: "ping" });
  });

  test("a capability without limits allows every use", async () => {
    const grant = await createServer().open(await issue());
    grant.checkUse({ operation: "render_program", code: "x".repeat(1e6), params: ["a"], pixels: 1e9 });
    for (let i = 0; i < 1000; i++) {
      grant.admit({ bytes: 1e9 });
      grant.admitUnread(1e9);
    }
  });
});
