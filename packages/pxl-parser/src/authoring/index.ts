export { languageCard } from "./card.ts";
export { programGrammar } from "./grammar.ts";
export { programOfJson } from "./program-of-json.ts";
export { programSchema, type Schema } from "./schema.ts";
