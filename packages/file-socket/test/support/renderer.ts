import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type RenderHandler, RequestError } from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";

/** Renders {@link pattern}. The first line of a program may change that, e.g. `!sleep 500`. */
export const renderer: RenderHandler = (request, { signal }) => {
  const [directive, argument = "0"] = request.code.split("\n", 1)[0]?.split(" ") ?? [];
  const amount = Number(argument);
  switch (directive) {
    case "!sleep":
      return sleep(amount, pattern(request), { signal });
    case "!stubborn":
      return sleep(amount, pattern(request));
    case "!block":
      for (const until = performance.now() + amount; performance.now() < until;);
      return pattern(request);
    case "!kill":
      process.kill(process.pid, "SIGKILL");
      return pattern(request);
    case "!throw":
      throw new TypeError("something broke");
    case "!short":
      return { ...pattern(request), data: new Uint8Array(4) };
    case "!bad":
      throw badProgram(amount);
    case "!descriptors":
      return withoutDescriptors(amount, () => pattern(request));
    default:
      return pattern(request);
  }
};

/** Returns a {@link renderer} for which a render of `!hold` lasts until `release` is called. */
export function holdingRenderer(): { readonly render: RenderHandler; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const render: RenderHandler = async (request, context) => {
    if (request.code === "!hold") await promise;
    return renderer(request, context);
  };
  return { render, release: resolve };
}

/** Returns the refusal of a program with `count` errors. */
export function badProgram(count = 2): RequestError {
  const diagnostics = Array.from({ length: Math.max(1, count) }, (_, index) => ({
    severity: "error" as const,
    code: "PXL_UNKNOWN_OPCODE",
    message: `expected an opcode, got "${index}"`,
    line: index + 1,
    column: 3,
    length: 4,
  }));
  const message = `line 1, column 3: ${diagnostics[0]?.message}`;
  return new RequestError({ status: "bad_program", code: "PXL_UNKNOWN_OPCODE", message, diagnostics });
}

/** Opens every descriptor that the process may have, for some milliseconds. */
async function withoutDescriptors<T>(milliseconds: number, result: () => T): Promise<T> {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync("/dev/null", "r"));
  } catch {
    await sleep(milliseconds);
    return result();
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
}
