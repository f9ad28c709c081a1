/** Returns a copy of a program's parts without the spans, which formatting may change. */
export function withoutSpans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpans);
  if (value instanceof Map) return [...value].map(withoutSpans);
  if (typeof value !== "object" || value === null) return value;
  const places = new Set(["span", "line", "column", "length"]);
  const entries = Object.entries(value).filter(([key]) => !places.has(key));
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutSpans(part)]));
}
