// Decodes one PNG file and reports the outcome and the growth of the peak memory. Argument: the path.
import { CartridgeError, decodePng } from "@gvpie/cartridge";
import { peakBytes, residentBytes, resetPeak } from "@gvpie/testing";
import { readFileSync } from "node:fs";
import { IEND, idat, ihdr, pngOf } from "./chunks.ts";

// Loads everything that the decoder loads on first use, before the measurement.
await decodePng(pngOf([ihdr(1, 1, 1, 0), idat([0, 0]), IEND]));
const bytes = readFileSync(process.argv[2] ?? "");
const limits = { fileBytes: 2 ** 30 };
resetPeak(process.pid);
const before = residentBytes(process.pid);
const outcome = await decodePng(bytes, { limits }).then(
  ({ width, height }) => `${width}×${height}`,
  (error: unknown) => (error instanceof CartridgeError ? error.code : `uncaught ${String(error)}`),
);
process.stdout.write(JSON.stringify({ outcome, grownBytes: peakBytes(process.pid) - before }));
