// Writes bundle/ and man/, which are published. Runs before the package is packed. The command is one CommonJS file, because loading
// a hundred modules takes longer than rendering a picture; the store is another, because a render does not need it. Packages
// with a process, a thread or a native module stay outside, and so does one that few renders need.
import { bundleApp } from "@gvpie/app-common/bundle";
import { writeManPages } from "@gvpie/app-common/man";
import { manPages } from "./dist/man.js";

await bundleApp(import.meta.dirname, {
  format: "cjs",
  external: [
    "@gvpie/capability",
    "@gvpie/raster-cpu/worker",
    "@gvpie/raster-webgpu",
    "better-sqlite3",
    "gifenc",
    "sharp",
  ],
  parts: { store: "@gvpie/daemon/store" },
});

writeManPages(import.meta.dirname, await manPages());
