// Runs in the browser; the test calls the functions that it assigns to `globalThis`.
import { parseProgram, type Program } from "@gvpie/pxl-parser";
import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";

import { bufferKinds, expectRendered, renderInto } from "./buffer-kinds.ts";

export interface Page {
  /** Renders into the caller's memory of each kind. Returns the kinds that failed, with their errors. */
  readonly renderIntoAll: () => Promise<string[]>;
  /** Returns the errors of arguments that are wrong in a browser's own ways, in order. */
  readonly refusals: () => string[];
}

function messageOf(call: () => unknown): string {
  try {
    call();
    return "accepted";
  } catch (error) {
    return error instanceof TypeError ? error.message : String(error);
  }
}

/** Returns an object literal of another realm. */
function foreign(expression: string): unknown {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  return (frame.contentWindow as unknown as { eval(text: string): unknown }).eval(expression);
}

const page: Page = {
  async renderIntoAll() {
    const rasterizer = createCpuRasterizer();
    const failures: string[] = [];
    const memory = foreign("new Uint8ClampedArray(16 * 9 * 4)") as Uint8ClampedArray;
    for (const [name, create] of Object.entries({ ...bufferKinds, "another realm": () => memory })) {
      try {
        expectRendered(await renderInto(rasterizer, create()));
      } catch (error) {
        failures.push(`${name}: ${String(error)}`);
      }
    }
    return failures;
  },
  refusals() {
    const image = new ImageData(4, 2);
    const floats = new Float32Array(4 * 2 * 4);
    const program = foreign(
      '({ language: "1", instructions: [{ op: "RECT", x: 0, y: 0, w: -5, h: 1, line: 1, column: 1, length: 1 }] })',
    );
    return [
      messageOf(() => renderProgram("HALT", image)),
      messageOf(() => renderProgram("HALT", { width: 4, height: 2, into: floats as never })),
      messageOf(() => renderProgram("HALT", { params: new URLSearchParams("a=1") as never })),
      messageOf(() => renderProgram("HALT", { params: new FormData() as never })),
      messageOf(() => renderProgram("HALT", foreign("({ widht: 4 })") as object)),
      messageOf(() => renderProgram("HALT", foreign("({ width: 4, limits: { pixels: 99999 } })") as object)),
      messageOf(() => renderProgram(program as Program)),
      messageOf(() => renderProgram(structuredClone(parseProgram("RECT 1 2 3 4")))),
    ];
  },
};

Object.assign(globalThis, { door: page });
