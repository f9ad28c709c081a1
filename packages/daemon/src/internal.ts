/** For the repository's own verification. Not published. */
export { failureText } from "./failure-text.ts";
