export { adapterLabel } from "./adapter-label.ts";
export { readVersion } from "./version.ts";
