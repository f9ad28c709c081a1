import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

import { requireDriver } from "@gvpie/testing/gpu-drivers";

// A project outside the repository that installs the packed packages and renders with them.

const root = fileURLToPath(new URL("../../..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "gvpie-webgpu-"));
const bin = (name: string): string => join(root, "node_modules/.bin", name);

beforeAll(() => {
  execFileSync(bin("tsc"), ["-b", join(root, "packages/raster-webgpu")], { stdio: "pipe" });
  const dependencies: Record<string, string> = {};
  for (const name of ["glyph-rom", "pxl-parser", "raster", "raster-webgpu"]) {
    const out = join(project, `${name}.tgz`);
    execFileSync(bin("pnpm"), ["pack", "--out", out], { cwd: join(root, "packages", name), stdio: "pipe" });
    dependencies[`@gvpie/${name}`] = `file:${out}`;
  }
  // The tarballs depend on versions of each other that are not in a registry.
  const manifest = { name: "outside", private: true, type: "module", dependencies, overrides: dependencies };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  copyFileSync(join(root, "packages/raster-webgpu/examples/render.ts"), join(project, "main.ts"));
  execFileSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: project, stdio: "pipe" });
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test.for([
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
])(
  "installed under $moduleResolution, the example compiles, renders and exits",
  { timeout: 240_000 },
  (options, context) => {
    const env = requireDriver(context, "swiftshader");
    const outDir = join(project, options.moduleResolution);
    const compilerOptions = {
      ...options,
      outDir,
      target: "es2024",
      lib: ["es2024", "dom"],
      strict: true,
      types: [],
      skipLibCheck: false,
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    execFileSync(bin("tsc"), ["-p", project], { stdio: "pipe" });
    const printed = execFileSync(bin("node"), [join(outDir, "main.js")], {
      cwd: project,
      env,
      encoding: "utf8",
      timeout: 120_000,
    });
    expect(printed).toBe("SwiftShader Device (Subzero) drew 128×64 pixels, 234 of them white\n");
  },
);
