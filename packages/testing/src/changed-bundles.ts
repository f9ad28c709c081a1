import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { context, type Plugin } from "esbuild";

/** A change to one place of a file that introduces a fault. */
export interface Change {
  /** Path from the folder. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly from: string;
  readonly to: string;
}

/** Bundles of a module, each with one change to a file that it imports. */
export interface ChangedBundles extends AsyncDisposable {
  /** Makes a bundle and imports it. */
  importBundle(change: Change): Promise<unknown>;
}

/** Prepares the bundles of a module, from the sources, with changes to these files of the folder. */
export async function createChangedBundles(
  entry: string,
  folder: string,
  changes: readonly Change[],
): Promise<ChangedBundles> {
  const output = mkdtempSync(join(tmpdir(), "gvpie-changed-"));
  let changed: { readonly path: string; readonly contents: string } | undefined;
  const change: Plugin = {
    name: "change",
    setup({ onLoad }) {
      onLoad({ filter: namesOf(changes) }, ({ path }) =>
        path === changed?.path ? { contents: changed.contents, loader: "ts" } : undefined,
      );
    },
  };
  const bundler = await context({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    conditions: ["@gvpie/source"],
    plugins: [change],
    logLevel: "silent",
  });
  let count = 0;
  return {
    async importBundle({ file, from, to }) {
      const path = resolve(folder, file);
      const pieces = readFileSync(path, "utf8").split(from);
      if (pieces.length !== 2) {
        throw new Error(`expected ${from} once in ${file}, got it ${pieces.length - 1} times`);
      }
      changed = { path, contents: pieces.join(to) };
      const { outputFiles } = await bundler.rebuild();
      const bundle = join(output, `${count++}.mjs`);
      for (const { contents } of outputFiles) writeFileSync(bundle, contents);
      return import(pathToFileURL(bundle).href);
    },
    async [Symbol.asyncDispose]() {
      await bundler.dispose();
      rmSync(output, { recursive: true });
    },
  };
}

/** Other files are read once for all bundles. */
function namesOf(changes: readonly Change[]): RegExp {
  const names = new Set(changes.map(({ file }) => file.replace(/^.*\//, "").replaceAll(".", "\\.")));
  return new RegExp(`(?:^|[/\\\\])(?:${[...names].join("|")})$`);
}
