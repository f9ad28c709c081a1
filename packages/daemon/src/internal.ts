/** For the repository's own tests and verification. Not published. */
export { failureText } from "./failure-text.ts";
export { newOwnName } from "./own-name.ts";
