// `npm run check`: all checks that a change must pass. CI runs the same.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, runQuietly, say, setUp } from "./setup.mjs";

setUp();

const isPublished = (folder) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).private !== true;
const published = ["packages", "apps"]
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter(isPublished);
// Apps are commands and export no types.
const libraries = published.filter((folder) => folder.startsWith("packages"));

const failures = [];

async function step(title, command, ...args) {
  say(`\n── ${title}`);
  if ((await run(command, args)) !== 0) failures.push(title);
}

await step("format", "oxfmt", "--check", ".");
await step("lint", "oxlint", "--type-aware", "--deny-warnings");
await step("types, including tests and examples", "tsc", "-b");
await step("wording", "node", "scripts/check-english.mjs");
await step("unused files, exports and dependencies", "knip");
await step("package sizes", "size-limit", "--silent");
for (const app of published.filter((folder) => folder.startsWith("apps"))) {
  await step(`bundle of ${app}`, "node", join(app, "bundle.mjs"));
}
for (const folder of published) {
  await step(`publint ${folder}`, "publint", "--strict", folder, "--pack", "pnpm");
}
// attw packs with npm, which keeps the source-only subpaths that pnpm leaves out.
const attw = ["--profile", "esm-only", "--exclude-entrypoints", "internal", "test-support"];
// Two at a time, because each spends its time on one core; the output keeps its order.
for (let index = 0; index < libraries.length; index += 2) {
  const pair = libraries.slice(index, index + 2);
  const results = await Promise.all(pair.map((folder) => runQuietly("attw", ["--pack", folder, ...attw])));
  for (const [position, { status, output }] of results.entries()) {
    const title = `types of ${pair[position]} as installed`;
    say(`\n── ${title}`);
    process.stderr.write(output);
    if (status !== 0) failures.push(title);
  }
}

if (failures.length > 0) say(`\nFailed: ${failures.join(", ")}`);

// Comes last, so that the test counts are the last line.
say("\n── tests");
const testsFailed = (await run("node", ["scripts/test.mjs"])) !== 0;
process.exitCode = testsFailed || failures.length > 0 ? 1 : 0;
