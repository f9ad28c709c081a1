export type { ProcessResult } from "./bounded-process.ts";
export { PYTHON_LIMITS } from "./limits.ts";
export { openSandbox, type Sandbox } from "./sandbox.ts";
