// Writes bundle/, which is published. Runs before the package is packed. The command is one CommonJS file, because loading
// a hundred modules takes longer than rendering a picture. Packages with a process, a thread or a native module stay
// outside, and so does one that few renders need.
import { bundleApp } from "@gvpie/app-common/bundle";

await bundleApp(import.meta.dirname, {
  format: "cjs",
  external: [
    "@gvpie/capability",
    "@gvpie/daemon",
    "@gvpie/file-socket",
    "@gvpie/raster-cpu/worker",
    "@gvpie/raster-webgpu",
    "gifenc",
    "sharp",
  ],
});
