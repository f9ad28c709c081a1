// Writes bundle/ and man/, which are published. Runs before the package is packed.
import { bundleApp } from "@gvpie/app-common/bundle";
import { daemonPage, writeManPages } from "@gvpie/app-common/man";
import { daemonCommand } from "./dist/config.js";

await bundleApp(import.meta.dirname, { format: "esm", threads: ["http-thread"] });

const page = daemonPage(daemonCommand(), {
  description: [
    "Serves one directory: clients write programs into it, and the daemon draws them and writes the pixels back.",
    "It ends after SIGTERM or SIGINT, when the requests in progress are answered.",
  ].join("\n"),
  seeAlso: ["zero-human-daemon(8)", "gvpie-status(1)", "gvpie-capability-issue(1)"],
});
writeManPages(import.meta.dirname, [page]);
