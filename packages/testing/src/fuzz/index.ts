export { mutateBytes } from "./mutate-bytes.ts";
export { textMutator } from "./mutate-text.ts";
export { type FuzzTarget, outcomeOf } from "./target.ts";
