// Writes bundle/, which is published. Runs before the package is packed.
import { bundleApp, bundlePage } from "@gvpie/app-common/bundle";

await bundleApp(import.meta.dirname, { format: "esm", threads: ["http-thread"] });
await bundlePage(import.meta.dirname, "bundle/browser");
