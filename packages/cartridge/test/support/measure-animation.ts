// Verifies an animation of three frames of noise and reports the outcome and the growth of the peak memory. Arguments: the path of
// the file, and its side.
import { encodeAnimation, verifyCartridge } from "@gvpie/cartridge";
import { peakBytes, residentBytes, resetPeak } from "@gvpie/testing";
import { readFileSync } from "node:fs";
import { noise } from "./frames.ts";

const [path = "", side = "1"] = process.argv.slice(2);
const animation = { frames: 3, delayMs: 9 };
const drawing =
  (size: number) =>
  (_: string, { frame = 0 }) => ({ ...noise(size, frame), animation });

// Loads everything that the verifier loads on first use, before the measurement.
const small = [0, 1, 2].map((number) => noise(2, number));
const options = { program: "", language: "2", delayMs: 9 };
await verifyCartridge(await encodeAnimation(small, options), { render: drawing(2) });
const bytes = readFileSync(path);
resetPeak(process.pid);
const before = residentBytes(process.pid);
const { status } = await verifyCartridge(bytes, { render: drawing(Number(side)) });
process.stdout.write(JSON.stringify({ outcome: status, grownBytes: peakBytes(process.pid) - before }));
