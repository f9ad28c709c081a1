// Writes bundle/, which is published. Runs before the package is packed.
import { bundleApp } from "@gvpie/app-common/bundle";

await bundleApp(import.meta.dirname, { format: "esm", threads: ["http-thread"] });
