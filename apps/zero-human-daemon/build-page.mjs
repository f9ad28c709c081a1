// Writes dist/browser/: the scripts of the operator's page, bundled for browsers. Runs in a checkout after the build.
import { bundlePage } from "@gvpie/app-common/bundle";

await bundlePage(import.meta.dirname, "dist/browser");
