import type { UseLimitName } from "../errors.ts";
import { limitError } from "../limit-error.ts";
import type { Capability, CapabilityUse } from "../types.ts";

/** The parts of Node that are used, so that the package loads in a browser too. */
interface NodeProcess {
  getBuiltinModule(id: "node:crypto"): { hash(algorithm: "sha256", data: string): string };
}

/**
 * Compares a request with the limits that it can be compared with before it is rendered.
 *
 * @throws {CapabilityError} `CAP_LIMIT_…`
 */
export function checkUse({ limits, limitedBy }: Capability, use: CapabilityUse): void {
  const { operation, code, params, pixels } = use;
  const refuse = (limit: UseLimitName, allowed: number | readonly string[], got: number | string): never => {
    throw limitError(limit, { allowed, got, block: limitedBy[limit] });
  };
  if (limits.operations?.includes(operation) === false) refuse("operations", limits.operations, operation);
  if (limits.codeBytes !== undefined && code !== undefined) {
    const bytes = utf8Length(code);
    if (bytes > limits.codeBytes) refuse("codeBytes", limits.codeBytes, bytes);
  }
  if (limits.programs !== undefined && operation === "render_program") {
    const program = hashOf(code);
    if (!limits.programs.includes(program)) refuse("programs", limits.programs, program);
  }
  if (limits.params !== undefined) {
    const { params: allowed } = limits;
    const other = params?.find((name) => !allowed.includes(name));
    if (other !== undefined) refuse("params", allowed, other);
  }
  if (limits.pixels !== undefined && pixels !== undefined && !(pixels <= limits.pixels)) {
    refuse("pixels", limits.pixels, pixels);
  }
}

/** A source with lone surrogates has no UTF-8 of its own: it would share that of another program. */
function hashOf(code: string | undefined): string {
  if (code === undefined) return "no program";
  if (!code.isWellFormed()) return "a program with lone surrogates";
  const { process } = globalThis as { readonly process?: NodeProcess };
  if (process === undefined) {
    throw new Error("expected Node to compare a program with the limit programs, got none");
  }
  return process.getBuiltinModule("node:crypto").hash("sha256", code);
}

/** Returns the length in UTF-8 without a copy of the text. */
function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0;
    length += 1 + Number(point >= 0x80) + Number(point >= 0x800) + Number(point >= 0x1_0000);
    if (point >= 0x1_0000) i++;
  }
  return length;
}
