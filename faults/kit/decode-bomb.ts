// Decodes one PNG file and tells what came of it, and by how much memory grew at most. Argument: {"path", "soundPath", "isText"}.
import { readFileSync } from "node:fs";
import { CartridgeError, decodeCartridge, decodePng } from "@gvpie/cartridge";
import { peakBytes, residentBytes, resetPeak } from "./proc.ts";

const { path, soundPath, isText } = JSON.parse(process.argv[2] ?? "{}") as {
  path: string;
  soundPath: string;
  isText: boolean;
};
// All that is loaded at first need is there before the measurement.
await decodeCartridge(readFileSync(soundPath));
const bytes = readFileSync(path);
resetPeak(process.pid);
const before = residentBytes(process.pid);
const outcome = await (isText ? decodeCartridge : decodePng)(bytes).then(
  () => "decoded",
  (error: unknown) => (error instanceof CartridgeError ? error.code : `uncaught ${String(error)}`),
);
const grownBytes = peakBytes(process.pid) - before;
process.stdout.write(`${JSON.stringify({ type: "bomb", outcome, grownBytes })}\n`);
