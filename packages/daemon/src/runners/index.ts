export { createCartridgeRunner } from "./cartridge-runner.ts";
export { createGvpieRunner, type RenderClient } from "./gvpie-runner.ts";
export { createPixelRunner } from "./pixel-runner.ts";
export { createPythonRunner } from "./python-runner.ts";
