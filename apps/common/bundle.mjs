import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Writes an app's `bundle/` from its `bin/` and `dist/`: the launcher and the main module, one file each.
 *
 * @param {string} directory of the app.
 * @param {{ format: "cjs" | "esm"; external?: readonly string[] }} options `external` packages are loaded from
 *   `node_modules`; default: every dependency, so that only private code is bundled.
 */
export async function bundleApp(directory, { format, external }) {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const options = { bundle: true, platform: "node", logLevel: "warning" };
  for (const bin of Object.values(manifest.bin)) {
    await build({
      ...options,
      entryPoints: [join(directory, bin)],
      outfile: join(directory, "bundle", basename(bin)),
      format: "cjs",
      target: "es5",
      supported: { "dynamic-import": true },
    });
  }
  await build({
    ...options,
    entryPoints: [join(directory, "dist/main.js")],
    outfile: join(directory, "bundle", format === "cjs" ? "main.cjs" : "main.mjs"),
    format,
    target: "node22",
    external: external ?? Object.keys(manifest.dependencies),
    // Identifiers stay readable in the stack of an unexpected error.
    minifyWhitespace: true,
    minifySyntax: true,
    define: format === "cjs" ? { "import.meta.dirname": "__dirname" } : {},
  });
}
