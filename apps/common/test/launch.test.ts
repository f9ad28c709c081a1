import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";

const LAUNCH = new URL("../launch.cjs", import.meta.url);

/** A directory with a launcher in `bin/`, and the given files. */
function app(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "gvpie-launch-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const folder of ["bin", "dist"]) mkdirSync(join(directory, folder));
  cpSync(LAUNCH, join(directory, "launch.cjs"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  writeFileSync(join(directory, "bin/app.cjs"), 'require("../launch.cjs")(__dirname);');
  for (const [name, source] of Object.entries(files)) writeFileSync(join(directory, name), source);
  return join(directory, "bin/app.cjs");
}

test.each([
  [{ "dist/main.js": 'console.log("built")' }, "built\n"],
  [
    { "bin/main.mjs": 'console.log("bundle", import.meta.filename.at(-1))', "dist/main.js": "" },
    "bundle s\n",
  ],
  [{ "bin/main.cjs": 'console.log("bundle", __filename.at(-1))', "dist/main.js": "" }, "bundle s\n"],
])("loads the bundle beside the launcher, or the last build: %j", (files, printed) => {
  expect(execFileSync(process.execPath, [app(files)], { encoding: "utf8" })).toBe(printed);
});

test.each(["20.19.0", "22.22.1", "23.11.0", "24.14.9", "25.1.0"])("refuses Node %s", (version) => {
  const path = app({ "dist/main.js": "console.log(1)" });
  const code = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("${path}")`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 78, stdout: "" });
  expect(stderr).toMatch(`expected Node ^22.22.2, ^24.15.0 or >=26, got ${version}.\nInstall a current Node`);
});

test("SIGUSR1 opens no debugger, not even while Node starts", { timeout: 60_000 }, async () => {
  const main = `import { url } from "node:inspector";
setTimeout(() => console.log("debugger", url()), 1_500);`;
  const path = app({ "dist/main.js": main });
  const delays = Array.from({ length: 12 }, (_, index) => 4 + 5 * index);
  const statuses = await Promise.all(
    delays.map(async (delayMs) => {
      const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "ignore"] });
      let stdout = "";
      child.stdout.on("data", (chunk) => (stdout += String(chunk)));
      await sleep(delayMs);
      child.kill("SIGUSR1");
      const [status, signal] = (await once(child, "close")) as [number | null, string | null];
      return `${status ?? signal} ${stdout}`;
    }),
  );
  // A signal before Node has set its own handlers ends the process.
  for (const status of statuses) expect(["0 debugger undefined\n", "SIGUSR1 "]).toContain(status);
});
