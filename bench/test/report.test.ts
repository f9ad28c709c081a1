import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { charts } from "../src/report/charts.ts";
import { type Measured, resultsOf } from "../src/report/measured.ts";
import { page } from "../src/report/page.ts";

// The bench is its own workspace, whose peers need not be installed here. These tests keep it in step with our packages,
// and its page in step with its data.

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the bench has no type errors, except for peers that are not installed", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "bench/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const missing = Object.keys(dependencies).filter(
    (name) => !existsSync(join(root, "bench/node_modules", name)),
  );
  const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "bench/tsconfig.json"], {
    cwd: root,
    encoding: "utf8",
  });
  const errors = stdout
    .split("\n")
    .filter((line) => line.includes("error TS"))
    .filter((line) => !missing.some((name) => new RegExp(`module '${name}[/']`).test(line)));
  expect(errors).toEqual([]);
});

test("the page and the charts of the benchmarks match their data", () => {
  const docs = join(root, "docs");
  const measured = JSON.parse(readFileSync(join(docs, "benchmarks.json"), "utf8")) as Measured;
  expect(readFileSync(join(docs, "benchmarks.md"), "utf8")).toBe(page(measured));
  for (const { name, svg } of charts(resultsOf(measured))) {
    expect(readFileSync(join(docs, "benchmarks", name), "utf8")).toBe(svg);
  }
});
