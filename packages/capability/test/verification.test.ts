// Time, audience and revocation.
import { narrowCapability, thumbprintOf, verifyCapability } from "@gvpie/capability";
import { describe, expect, test } from "vitest";
import {
  agent,
  audience,
  chain,
  damaged,
  first,
  refusalOf,
  roots,
  script,
  stranger,
  withLimits,
} from "./support/chain.ts";
import { claims, forge, idOf } from "./support/forge.ts";

describe("time, audience and revocation", () => {
  const dated = withLimits({ notBefore: 1000, expires: 2000 });
  const narrower = `${dated}~${forge({ payload: claims(script, { notBefore: 500, expires: 1500, audience: ["A".repeat(43), audience] }, { parent: idOf(dated) }), by: agent })}`;

  test.each([
    [
      dated,
      999_999,
      "CAP_NOT_YET_VALID",
      1,
      "expected a time from 1970-01-01T00:16:40Z, got 1970-01-01T00:16:39Z (limit notBefore of block 1); wait, or compare the clocks",
    ],
    [
      dated,
      2_000_000,
      "CAP_EXPIRED",
      1,
      "expected a time before 1970-01-01T00:33:20Z, got 1970-01-01T00:33:20Z (limit expires of block 1); ask its issuer for a new capability",
    ],
    [
      narrower,
      1_500_000,
      "CAP_EXPIRED",
      2,
      "expected a time before 1970-01-01T00:25:00Z, got 1970-01-01T00:25:00Z (limit expires of block 2); ask its issuer for a new capability",
    ],
    [narrower, 999_999, "CAP_NOT_YET_VALID", 1, /^expected a time from 1970-01-01T00:16:40Z/],
    [dated, Number.NaN, "CAP_EXPIRED", 1, /^expected a time before/],
  ])("%#: at %i ms: %s", async (text, now, code, block, message) => {
    const error = await refusalOf(text, { now: () => now });
    expect(error).toMatchObject({ code, block });
    expect(error.message).toMatch(message);
  });

  test.each([
    [dated, 1_000_000],
    [dated, 1_999_999],
    [narrower, 1_499_999],
  ])("%#: at %i ms it is valid", async (text, now) => {
    await expect(verifyCapability(text, { roots, audience, now: () => now })).resolves.toBeDefined();
  });

  test("a time that no date has", async () => {
    const text = withLimits({ notBefore: 2 ** 53 - 1 });
    expect((await refusalOf(text)).message).toMatch(/^expected a time from 9007199254740991, got /);
  });

  test("another server", async () => {
    const other = await thumbprintOf(stranger);
    const error = await refusalOf(chain, { audience: other });
    expect(error).toMatchObject({ code: "CAP_WRONG_AUDIENCE", block: 1, limit: "audience" });
    expect(error.message).toBe(
      `expected the server "${other}", got a capability for ${audience} (limit audience of block 1); ask its issuer for one for this server`,
    );
  });

  test("an audience that its holder narrowed away", async () => {
    const narrowed = await narrowCapability(first, {
      key: agent,
      to: script,
      limits: { audience: ["A".repeat(43)] },
    });
    const error = await refusalOf(narrowed);
    expect(error).toMatchObject({ code: "CAP_WRONG_AUDIENCE", block: 2 });
    expect(error.message).toContain("got a capability for no server");
  });

  test.each([1, 2, 3])("block %i is revoked", async (block) => {
    const revoked = idOf(chain.split("~")[block - 1] ?? "");
    const error = await refusalOf(chain, { isRevoked: (id) => id === revoked });
    expect(error).toMatchObject({ code: "CAP_REVOKED", block });
    expect(error.message).toContain(revoked);
  });

  test("the code of an invalid signature does not depend on time, audience and revocation", async () => {
    const text = damaged(dated);
    expect(await refusalOf(text, { now: () => 0, audience: "other", isRevoked: () => true })).toMatchObject({
      code: "CAP_BAD_SIGNATURE",
    });
  });
});
