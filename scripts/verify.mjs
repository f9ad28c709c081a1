// `npm run docker|faults|fuzz|soak|year [-- <options>]`: sets up the workspace, then runs verification/<name>/main.ts from sources.
import { installDebianPackages } from "./debian.mjs";
import { run, setUp } from "./setup.mjs";

const [name, ...options] = process.argv.slice(2);

setUp();
if (name === "faults") await installDebianPackages();
const main = `verification/${name}/main.ts`;
process.exitCode = await run("node", ["--conditions=@gvpie/source", main, ...options]);
