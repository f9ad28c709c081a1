// Writes bundle/ and man/, which are published. Runs before the package is packed.
import { bundleApp, bundlePage } from "@gvpie/app-common/bundle";
import { daemonPage, writeManPages } from "@gvpie/app-common/man";
import { daemonCommand } from "./dist/config.js";

await bundleApp(import.meta.dirname, { format: "esm", threads: ["http-thread"] });
await bundlePage(import.meta.dirname, "bundle/browser");

const page = daemonPage(daemonCommand(), {
  description: [
    "Starts the scripts of its database when they are due, saves their pictures, and records every run.",
    "It ends after SIGTERM or SIGINT, when the runs in progress are recorded.",
  ].join("\n"),
  seeAlso: ["gvpie-daemon(8)", "gvpie-status(1)", "gvpie-scripts-set(1)", "gvpie-runs-list(1)"],
});
writeManPages(import.meta.dirname, [page]);
