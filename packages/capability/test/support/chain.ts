// A chain of three blocks, and variants of it.
import { CapabilityError, createKey, publicKeyOf, thumbprintOf, verifyCapability } from "@gvpie/capability";
import { expect } from "vitest";
import { claims, firstHeader, forge, idOf } from "./forge.ts";

export const root = await createKey();
export const agent = await createKey();
export const script = await createKey();
export const stranger = await createKey();
export const audience = await thumbprintOf(await createKey());
export const roots = [publicKeyOf(root)];
export const LIMITS = { audience: [audience], pixels: 8192 };

export const first = forge({ header: firstHeader(root), payload: claims(agent, LIMITS), by: root });
export const second = forge({ payload: claims(script, { pixels: 64 }, { parent: idOf(first) }), by: agent });
export const third = forge({ payload: claims(script, {}, { parent: idOf(second) }), by: script });
export const chain = [first, second, third].join("~");
export const otherFirst = forge({
  header: firstHeader(root),
  payload: claims(agent, { ...LIMITS, fuel: 1 }),
  by: root,
});
export const otherSecond = forge({ payload: claims(script, {}, { parent: idOf(otherFirst) }), by: agent });

/** Returns the error of a verification. */
export async function refusalOf(
  text: string,
  options: Partial<Parameters<typeof verifyCapability>[1]> = {},
): Promise<CapabilityError> {
  const error: unknown = await verifyCapability(text, { roots, audience, ...options }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CapabilityError);
  return error as CapabilityError;
}

/** Returns a chain whose first block has another payload. */
export function withPayload(payload: unknown): string {
  return forge({ header: firstHeader(root), payload, by: root });
}

export function withHeader(header: unknown): string {
  return forge({ header, payload: claims(agent, LIMITS), by: root });
}

export const withLimits = (limits: object): string => withPayload(claims(agent, { ...LIMITS, ...limits }));
export const withLimitsText = (text: string): string => {
  const payload = JSON.stringify(claims(agent, {}));
  return withPayload(payload.replace('"limits":{}', `"limits":{"audience":["${audience}"],${text}}`));
};
export const withKey = (jwk: unknown): string => withPayload(claims(agent, LIMITS, { cnf: { jwk } }));

/** Returns a block with one bit of its signature changed. */
export function damaged(jws: string): string {
  const at = jws.lastIndexOf(".") + 10;
  return `${jws.slice(0, at)}${jws[at] === "A" ? "B" : "A"}${jws.slice(at + 1)}`;
}
