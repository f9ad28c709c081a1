export { adapterLabel } from "./adapter-label.ts";
export { printable, printableJson, printableLines } from "./printable.ts";
export { readVersion } from "./version.ts";
