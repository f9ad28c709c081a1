import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Counter,
  formatMetrics,
  gauge,
  Histogram,
  Recent,
  startMetricsFile,
} from "@gvpie/app-common/metrics";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";

test("families by name; labels and help are escaped", () => {
  const text = formatMetrics([
    gauge("b", "Two\nlines \\.", Infinity),
    gauge("a", "One.", [{ labels: { name: 'q" \\ \n \r \ud800' }, value: 1.5 }]),
  ]);
  expect(text).toBe(
    '# HELP a One.\n# TYPE a gauge\na{name="q\\" \\\\ \\n \u240d \ufffd"} 1.5\n' +
      "# HELP b Two\\nlines \\\\.\n# TYPE b gauge\nb +Inf\n",
  );
});

test("a histogram counts up to each bound", () => {
  const seconds = new Histogram("t_seconds", "Time.", [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 9]) seconds.observe({ lang: "x" }, value);
  expect(formatMetrics([seconds.family()])).toBe(
    "# HELP t_seconds Time.\n# TYPE t_seconds histogram\n" +
      't_seconds_bucket{lang="x",le="0.1"} 2\nt_seconds_bucket{lang="x",le="1"} 3\n' +
      't_seconds_bucket{lang="x",le="+Inf"} 4\nt_seconds_sum{lang="x"} 9.65\nt_seconds_count{lang="x"} 4\n',
  );
});

test("a value of a label that was not used for long counts as another one, and the sum stays", () => {
  const runs = new Counter("runs_total", "Runs.", "script");
  const recent = new Recent(2, (name) => runs.fold(name, "_other"));
  for (const script of ["a", "b", "a", "c", "d", "d"]) {
    recent.use(script);
    runs.add({ script });
  }
  const values = Object.fromEntries(
    runs.family().samples.map(({ labels, value }) => [labels?.["script"], value]),
  );
  expect(values).toEqual({ _other: 3, c: 1, d: 2 });
});

test("a value that is called as the others are together is one of them", () => {
  const runs = new Counter("runs_total", "Runs.", "script");
  const recent = new Recent(1, (name) => runs.fold(name, "_other"));
  for (const script of ["_other", "a", "_other", "b"]) {
    recent.use(script);
    runs.add({ script });
  }
  expect(runs.family().samples).toEqual([
    { labels: { script: "_other" }, value: 3 },
    { labels: { script: "b" }, value: 1 },
  ]);
});

test("a file that cannot be written is reported once, until it can", () => {
  const folder = join(temporaryDirectory(), "later");
  const file = join(folder, "gvpie.prom");
  const lines: string[] = [];
  const log = (level: string, message: string): void => void lines.push(`${level} ${message}`);
  const metrics = () => [gauge("a", "One.", 1)];
  startMetricsFile({ file, metrics, log })();
  expect(lines).toEqual([expect.stringMatching(/^warn cannot write the metrics to .*ENOENT/)]);
  mkdirSync(folder);
  const end = startMetricsFile({ file, metrics, log });
  expect(readFileSync(file, "utf8")).toBe("# HELP a One.\n# TYPE a gauge\na 1\n");
  end();
  expect(existsSync(file)).toBe(false);
  expect(lines).toHaveLength(1);
});
