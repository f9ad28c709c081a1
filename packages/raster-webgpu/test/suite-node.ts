// Runs the suite on whatever adapter this process finds, and prints the report as JSON.
import { runSuite } from "./suite.ts";

console.log(JSON.stringify(await runSuite()));
