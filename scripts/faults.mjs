// `npm run faults`: sets up what is missing, brings every fault of docs/faults.md about, and prints what came of it.
import { installDebianPackages } from "./debian.mjs";
import { run, setUp } from "./setup.mjs";

setUp();
await installDebianPackages();
process.exitCode = await run("node", [
  "--conditions=@gvpie/source",
  "faults/main.ts",
  ...process.argv.slice(2),
]);
