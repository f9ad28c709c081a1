const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Returns a number of bytes for people: `812 B`, `1.4 KiB`, `32 MiB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < 1_024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** exponent;
  const isShort = value < 10 && !Number.isInteger(value);
  return `${isShort ? value.toFixed(1) : Math.round(value)} ${UNITS[exponent]}`;
}
