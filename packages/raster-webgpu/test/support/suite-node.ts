// Runs the suite on the adapter of this process, and prints the report as JSON.
import { runSuite } from "./suite.ts";

console.log(JSON.stringify(await runSuite()));
