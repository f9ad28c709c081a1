import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { BUNDLES, ROOT } from "./bundle-of.ts";

/** The programs that tests start often. */
const PROGRAMS = [
  "apps/*/src/main.ts",
  "apps/gvpie/test/support/session-main.ts",
  "packages/daemon/test/support/{daemon-main,python-main,test-renderer}.ts",
  "packages/file-socket/test/support/{idle-client,server-process,spool-load}.ts",
];

/** The packages that become part of a bundle: ours, and those of many modules. */
const BUNDLED = /^(?:#|(?:@gvpie|jose|kysely)(?:\/|$))/;

/** Another run of the tests may still load a file of its own bundles. No run takes this long. */
const KEPT_MS = 4 * 3_600_000;

/**
 * Runs once before the tests: bundles each program, from the sources as they are now. `startNode` starts the bundle, since
 * a program of hundreds of modules takes several times as long to start.
 */
export async function setup(): Promise<void> {
  await bundlePrograms(BUNDLES);
}

/** Writes the bundles into the folder, and removes files that earlier runs left there. */
export async function bundlePrograms(folder: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: globSync(PROGRAMS, { cwd: ROOT }),
    absWorkingDir: ROOT,
    outbase: ROOT,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // Modules that a program loads when it needs them stay apart.
    splitting: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    conditions: ["@gvpie/source"],
    plugins: [inPlace],
    logLevel: "silent",
  });
  try {
    for (const { path, contents } of outputFiles) {
      mkdirSync(dirname(path), { recursive: true });
      // Another run of the tests may be starting the bundle.
      const partial = `${path}.${process.pid}`;
      writeFileSync(partial, contents);
      renameSync(partial, path);
    }
    removeOldFiles(folder);
  } catch (error) {
    throw new Error(
      `expected to write ${folder}, got ${String(error)}; change the owner of .cache, or remove it, and run the tests again`,
      { cause: error },
    );
  }
}

/** Removes the files that no run has written for hours; the bundles of this run were written just now. */
function removeOldFiles(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // Another run of the tests may remove the same file.
    const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > KEPT_MS) rmSync(path, { force: true });
  }
}

/** Modules find files as if they were in their places, and so do the imports that stay. */
const inPlace: Plugin = {
  name: "in place",
  setup({ onLoad, onResolve, resolve }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
      return { contents, loader: "ts" };
    });
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      const isInside = kind === "entry-point" || BUNDLED.test(path) || isBuiltin(path);
      if (isInside || pluginData === inPlace) return undefined;
      const found = await resolve(path, { kind, resolveDir, pluginData: inPlace });
      return { path: found.path, external: true };
    });
  },
};
