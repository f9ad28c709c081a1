// A global of the platform that a module uses as it is loaded breaks environments without it, such as jsdom in Jest, which
// has no TextEncoder. The built files are imported in another process that has none of them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Globals that are not part of the language, and those of newer versions of it. `process` stays: the loader needs it. */
const PLATFORM = [
  "TextEncoder",
  "TextDecoder",
  "structuredClone",
  "crypto",
  "navigator",
  "CompressionStream",
  "DecompressionStream",
  "WebAssembly",
  "SharedArrayBuffer",
  "Buffer",
  "Blob",
  "Response",
  "ReadableStream",
  "AbortController",
  "AbortSignal",
  "performance",
  "fetch",
  "URL",
  "setTimeout",
  "setImmediate",
  "queueMicrotask",
  "Worker",
  "btoa",
  "atob",
];

const MODULES: Readonly<Record<string, string>> = {
  "@gvpie/pxl-parser": "packages/pxl-parser/dist/index.js",
  "@gvpie/glyph-rom": "packages/glyph-rom/dist/index.js",
  "@gvpie/raster": "packages/raster/dist/index.js",
  "@gvpie/raster/conformance": "packages/raster/dist/conformance/index.js",
  "@gvpie/raster-cpu": "packages/raster-cpu/dist/index.js",
  "@gvpie/raster-webgpu": "packages/raster-webgpu/dist/index.js",
  "@gvpie/raster-webgpu in a browser": "packages/raster-webgpu/dist/gpu.browser.js",
};

/** Runs a module in another process, in which the globals throw when they are used while `script` loads others. */
function runWithout(globals: readonly string[], script: string): string {
  const trap = `
    const uses = [];
    const kept = {};
    for (const name of ${JSON.stringify(globals)}) {
      kept[name] = globalThis[name];
      Object.defineProperty(globalThis, name, { configurable: true, get() {
        const from = new Error().stack.split("\\n")[2] ?? "";
        if (from.includes("/packages/")) uses.push(name + from);
        return from.includes("/packages/") ? undefined : kept[name];
      } });
    }
    ${script}
    console.log(JSON.stringify(uses));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", trap], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return stdout === "" ? stderr : stdout.trim();
}

describe.each(Object.entries(MODULES))("%s", (_, path) => {
  test("uses no global of the platform as it is loaded", () => {
    expect(existsSync(`${ROOT}${path}`), `${path} is built`).toBe(true);
    expect(runWithout(PLATFORM, `await import(${JSON.stringify(`${ROOT}${path}`)});`)).toBe("[]");
  });
});

test("parses and draws without TextEncoder, WebAssembly and the rest, byte for byte the same", () => {
  const script = (without: string) => `
    const { renderProgram } = await import(${JSON.stringify(`${ROOT}packages/raster-cpu/dist/index.js`)});
    const { formatProgram } = await import(${JSON.stringify(`${ROOT}packages/pxl-parser/dist/index.js`)});
    ${without}
    const source = "txt 1 1 Hello\\nRECT 0 0 9 9\\nTXT 1 20 h\u00e9llo\\nCOLOR red\\nDISC 60 30 20\\n".repeat(60);
    const { data } = renderProgram(source);
    let hash = 0;
    for (const byte of data) hash = (hash * 31 + byte) >>> 0;
    console.log(hash, formatProgram(source).length);
  `;
  const remove = `for (const name of ${JSON.stringify(PLATFORM)}) if (name !== "performance") delete globalThis[name];`;
  const [found] = runWithout([], script(remove)).split("\n");
  expect(found).toMatch(/^\d+ \d+$/);
  expect(found).toBe(runWithout([], script("")).split("\n")[0]);
});
