// Writes bundle/gvpie.cjs, the command in one file: loading its hundred modules takes longer than drawing a picture does.
// Runs before the package is packed. A checkout has no bundle, so that it runs what was built last.
//
// What has a process, a thread or a native module of its own stays outside, and is loaded where it is needed.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here("dist/main.js")],
  outfile: here("bundle/gvpie.cjs"),
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  // Names stay, for the stack of a fault that is reported.
  minifyWhitespace: true,
  minifySyntax: true,
  external: ["@gvpie/daemon", "@gvpie/file-socket", "@gvpie/raster-webgpu"],
  define: { "import.meta.dirname": "__dirname" },
  logLevel: "warning",
});
