export { adapterLabel } from "./adapter-label.ts";
export { nonUtf8Argument } from "./arguments.ts";
export { coalesce } from "./coalesce.ts";
export {
  formatDuration,
  formatSpan,
  parseDuration,
  type DurationRules,
  type DurationUnit,
} from "./duration.ts";
export { printable, printableJson, printableLines } from "./printable.ts";
export { readVersion } from "./version.ts";
