import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promtool } from "@gvpie/testing/promtool";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const dashboard = JSON.parse(read("deploy/grafana/gvpie.json")) as {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
};
const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

test("the rules are valid, and alert when they should", (context) => {
  expect(promtool(context, ["check", "rules", join(ROOT, "deploy/prometheus/rules.yml")])).toBe("");
  expect(promtool(context, ["test", "rules", join(ROOT, "deploy/prometheus/rules.test.yml")])).toBe("");
});

test("the queries of the dashboard are PromQL", (context) => {
  const rules = exprs.map((expr, i) => ({ record: `panel:${i}`, expr }));
  const file = join(temporaryDirectory(), "panels.yml");
  writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
  expect(promtool(context, ["check", "rules", file])).toBe("");
});

test("every metric of the dashboard and the rules is in a README", () => {
  const documented = read("apps/gvpie-daemon/README.md") + read("apps/zero-human-daemon/README.md");
  const used = `${exprs.join("\n")}\n${read("deploy/prometheus/rules.yml").replaceAll(/^.*(summary|description|name):.*$/gm, "")}`;
  const names = new Set(used.match(/\bgvpie_\w+/g));
  expect(names.size).toBeGreaterThan(15);
  for (const name of names) expect(documented).toContain(`\`${name.replace(/_bucket$/, "")}\``);
});
