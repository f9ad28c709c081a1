// Decodes one PNG file and reports the outcome and the growth of the peak memory.
// Argument: {"path", "validPath", "isText"}.
import { readFileSync } from "node:fs";
import { CartridgeError, decodeCartridge, decodePng } from "@gvpie/cartridge";
import { peakBytes, residentBytes, resetPeak } from "@gvpie/testing";
import { report } from "./report-line.ts";

const { path, validPath, isText } = JSON.parse(process.argv[2] ?? "{}") as {
  path: string;
  validPath: string;
  isText: boolean;
};
// Loads everything that the decoder loads on first use, before the measurement.
await decodeCartridge(readFileSync(validPath));
const bytes = readFileSync(path);
resetPeak(process.pid);
const before = residentBytes(process.pid);
const outcome = await (isText ? decodeCartridge : decodePng)(bytes).then(
  () => "decoded",
  (error: unknown) => (error instanceof CartridgeError ? error.code : `uncaught ${String(error)}`),
);
report({ type: "bomb", outcome, grownBytes: peakBytes(process.pid) - before });
