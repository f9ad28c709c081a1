// Checks the code against the tables and test vectors of docs/capabilities.md.

import { readFileSync } from "node:fs";
import {
  CapabilityError,
  type CapabilityLimits,
  type Limit,
  LIMIT_NAMES,
  LIMITS,
  type PrivateKey,
  publicKeyOf,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../../docs/capabilities.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const types = readFileSync(new URL("../src/errors.ts", import.meta.url), "utf8");

function json(name: string): unknown {
  const [, text] = new RegExp(`\`\`\`json ${name}\n([^\`]*)\`\`\``).exec(page) ?? [];
  if (text === undefined) throw new Error(`expected a block ${name} in the page`);
  return JSON.parse(text);
}

interface Vector {
  readonly name: string;
  readonly blocks: readonly string[];
  readonly audience?: string | null;
  readonly now?: number;
  readonly revoked?: readonly string[];
  readonly capability?: { ids: string[]; key: string; limits: CapabilityLimits; limitedBy: object };
  readonly error?: object;
}

const keys = json("keys") as Readonly<Record<string, PrivateKey>>;
const blocks = json("blocks") as Readonly<Record<string, string>>;
const vectors = json("vectors") as Vector[];

function keyOf(name: string): PrivateKey {
  const key = keys[name];
  if (key === undefined) throw new Error(`expected a key ${name} in the page`);
  return key;
}

/** Returns the result that the page describes. */
async function resultOf({ blocks: names, audience = "server", now, revoked }: Vector): Promise<unknown> {
  const text = names.map((name) => blocks[name]).join("~");
  try {
    const { blocks, key, limits, limitedBy } = await verifyCapability(text, {
      roots: [publicKeyOf(keyOf("root"))],
      audience: audience === null ? undefined : await thumbprintOf(keyOf(audience)),
      now: () => (now ?? 1_800_000_000) * 1000,
      isRevoked: (id) => revoked?.includes(id) === true,
    });
    const name = Object.keys(keys).find((candidate) => keys[candidate]?.x === key.x);
    return { capability: { ids: blocks.map(({ id }) => id), key: name, limits, limitedBy } };
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error;
    const { code, block, limit } = error;
    return { error: { code, ...(block && { block }), ...(limit && { limit }) } };
  }
}

test.each(vectors)("$name", async (vector) => {
  const { capability, error } = vector;
  expect(await resultOf(vector)).toEqual(capability === undefined ? { error } : { capability });
});

test("every block of the page is used", () => {
  const used = new Set(vectors.flatMap((vector) => vector.blocks));
  expect(new Set(Object.keys(blocks))).toEqual(used);
});

/** Returns the cell of the page's table that describes the values of a limit. */
function form(limit: Limit): string {
  if (limit.kind === "text") return `text of at most ${limit.greatest} characters`;
  if (limit.kind === "intersection") {
    const entries = limit.values?.map((value) => `\`${value}\``).join(", ") ?? limit.entry;
    return `list of ${limit.least} to ${limit.greatest}: ${entries}`;
  }
  return limit.integer
    ? "integer"
    : `number from ${limit.least} to ${limit.greatest.toLocaleString("en-GB")}`;
}

test("the page's table of limits is LIMITS", () => {
  const section = /^### Limits\n(.*?)^###/ms.exec(page)?.[1] ?? "";
  const rows = Array.from(section.matchAll(/^\| `.*$/gm), ([row]) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(rows).toEqual(
    LIMIT_NAMES.map((name) => {
      const limit = LIMITS[name];
      return [`\`${name}\``, form(limit), limit.kind === "text" ? "the last" : limit.kind, limit.doc];
    }),
  );
});

test("the README lists every code, and no other", () => {
  const union = /export type CapabilityErrorCode =(.*?);/s.exec(types)?.[1] ?? "";
  const codes = Array.from(union.matchAll(/"(CAP_\w+)"/g), ([, code]) => code);
  const rows = Array.from(readme.matchAll(/^\| `(CAP_\w+)`/gm), ([, code]) => code);
  expect(new Set(rows)).toEqual(new Set(codes));
});
