// Writes bundle/ and man/, which are published. Runs before the package is packed.
import { bundleApp } from "@gvpie/app-common/bundle";
import { daemonPage, writeManPages } from "@gvpie/app-common/man";
import { daemonCommand } from "./dist/config.js";
import { HELP } from "./dist/help.js";

await bundleApp(import.meta.dirname, { format: "esm", threads: ["http-thread"] });

writeManPages(import.meta.dirname, [daemonPage(daemonCommand(), HELP)]);
