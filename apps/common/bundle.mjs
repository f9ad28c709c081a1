import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Writes an app's `bundle/` from its `bin/` and `dist/`: the launcher, the main module and the modules of threads, one file each.
 *
 * @param {string} directory of the app.
 * @param {{ format: "cjs" | "esm"; external?: readonly string[]; threads?: readonly string[];
 *   parts?: Readonly<Record<string, string>> }} options `external` packages are loaded from `node_modules`; default: every
 *   dependency, so that only private code is bundled. `threads`: the names of modules in `dist/` that `threadModule` of
 *   `@gvpie/app-common/http` finds beside the main module. `parts`: packages by the name of a file of their own, which a command
 *   loads that needs it.
 */
export async function bundleApp(directory, { format, external, threads = [], parts = {} }) {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const options = { bundle: true, platform: "node", logLevel: "warning" };
  for (const bin of Object.values(manifest.bin)) {
    const outfile = join(directory, "bundle", basename(bin));
    await build({
      ...options,
      entryPoints: [join(directory, bin)],
      outfile,
      format: "cjs",
      target: "es5",
      supported: { "dynamic-import": true },
    });
    // esbuild drops the comment of the second line, which is a command to the shell. The workspace's Node is not published.
    const [shebang, command] = readFileSync(join(directory, bin), "utf8").split("\n", 2);
    const shell = `${shebang}\n${command.replace(/PATH=\S+ export PATH; /, "")}`;
    writeFileSync(outfile, `${shell}\n${readFileSync(outfile, "utf8").replace(/^#!.*\n/, "")}`);
  }
  const suffix = format === "cjs" ? "cjs" : "mjs";
  const own = Object.fromEntries(Object.entries(parts).map(([name, path]) => [path, `./${name}.${suffix}`]));
  const modules = [
    ...["main", ...threads].map((name) => ({ name, entry: join(directory, `dist/${name}.js`), alias: own })),
    ...Object.entries(parts).map(([name, entry]) => ({ name, entry, alias: {} })),
  ];
  for (const { name, entry, alias } of modules) {
    await build({
      ...options,
      absWorkingDir: directory,
      entryPoints: [entry],
      outfile: join(directory, "bundle", `${name}.${suffix}`),
      format,
      target: "node22",
      alias,
      external: [...(external ?? Object.keys(manifest.dependencies)), ...Object.values(alias)],
      // Identifiers stay readable in the stack of an unexpected error.
      minifyWhitespace: true,
      minifySyntax: true,
      define: format === "cjs" ? { "import.meta.dirname": "__dirname" } : {},
    });
  }
}

/**
 * Bundles each module in an app's `browser/` for browsers, from the sources.
 *
 * @param {string} directory of the app.
 * @param {string} folder to write to, in the directory.
 */
export async function bundlePage(directory, folder) {
  const entryPoints = readdirSync(join(directory, "browser")).map((name) => join(directory, "browser", name));
  await build({
    entryPoints,
    outdir: join(directory, folder),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@gvpie/source", "module"],
    // Only modules whose exports are not used import them.
    external: ["node:*"],
    logLevel: "warning",
  });
}
