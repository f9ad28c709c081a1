export { adapterLabel } from "./adapter-label.ts";
export { nonUtf8Argument } from "./arguments.ts";
export { formatBytes } from "./bytes.ts";
export {
  formatDuration,
  formatSpan,
  parseDuration,
  type DurationRules,
  type DurationUnit,
} from "./duration.ts";
export { printable, printableJson, printableLines } from "./printable.ts";
export { parseRowId } from "./row-id.ts";
export { parseTime } from "./time.ts";
export { readVersion } from "./version.ts";
