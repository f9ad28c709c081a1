export { compile, type Value } from "./evaluate.ts";
export * as t from "./term.ts";
export type { Theorem } from "./theorem.ts";
