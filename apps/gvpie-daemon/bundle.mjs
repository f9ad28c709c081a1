// Runs before the package is packed, and writes what is published.
import { bundleApp } from "@gvpie/app-common/bundle";

await bundleApp(import.meta.dirname, { format: "esm" });
