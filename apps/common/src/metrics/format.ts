import type { MetricFamily, MetricSample } from "./types.ts";

/**
 * Formats metrics as text for Prometheus, version 0.0.4: families by name, samples in their order.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatMetrics(families: readonly MetricFamily[]): string {
  const sorted = families.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(formatFamily).join("");
}

function formatFamily({ name, help, type, samples }: MetricFamily): string {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const head = `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`;
  return head + samples.map((sample) => formatSample(name, sample)).join("");
}

function formatSample(name: string, { labels = {}, value, buckets }: MetricSample): string {
  if (buckets === undefined) return line(name, labels, value);
  const [, count = 0] = buckets.at(-1) ?? [];
  const bounds = buckets.map(([le, below]) => line(`${name}_bucket`, { ...labels, le: number(le) }, below));
  return bounds.join("") + line(`${name}_sum`, labels, value) + line(`${name}_count`, labels, count);
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value)}\n`;
}

/** A lone surrogate would not be UTF-8, and a carriage return would end the line for some readers. */
function escapeLabel(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\u240d");
}

function number(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}
