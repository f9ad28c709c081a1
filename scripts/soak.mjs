// `npm run soak`: sets up what is missing, and lets both daemons work for a long time while they are killed.
import { run, setUp } from "./setup.mjs";

setUp();
process.exitCode = await run("node", [
  "--conditions=@gvpie/source",
  "soak/main.ts",
  ...process.argv.slice(2),
]);
