// `npm run fuzz`: sets up what is missing, and gives every reader of untrusted bytes mutated inputs.
import { run, setUp } from "./setup.mjs";

setUp();
process.exitCode = await run("node", [
  "--conditions=@gvpie/source",
  "fuzz/main.ts",
  ...process.argv.slice(2),
]);
