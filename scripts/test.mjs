// `npm test`: sets up the workspace, runs every test and prints the counts as its last line.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackages } from "./debian.mjs";
import { root, run, say, setUp } from "./setup.mjs";

setUp();
await installDebianPackages();
// Once, before several tests ask for it at the same time. They say what is missing if it fails.
spawnSync(process.execPath, [join(root, "scripts/promtool.mjs")], { stdio: "ignore" });

const report = join(root, ".cache", "tests.json");
mkdirSync(join(root, ".cache"), { recursive: true });
rmSync(report, { force: true });

const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const status = await run("vitest", ["run", ...reporters, ...process.argv.slice(2)]);

let counts;
try {
  counts = JSON.parse(readFileSync(report, "utf8"));
} catch {
  say(`expected the report ${report} from vitest, got none`);
  process.exit(status || 1);
}
// A file that fails to load has no tests, but counts as a failure.
const brokenFiles = counts.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
);
const passed = counts.numPassedTests;
const failed = counts.numFailedTests + brokenFiles.length;
const skipped = counts.numPendingTests + counts.numTodoTests;
const skipFails = process.env.CI === "true" && skipped > 0;
if (skipFails) say("With CI=true a skipped test is a failure.");

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = status || (failed > 0 || skipFails || passed === 0 ? 1 : 0);
