// Verifies one cartridge and reports the outcome and the growth of the peak memory. Argument: the path.
import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { peakBytes, residentBytes, resetPeak } from "@gvpie/testing";
import { readFileSync } from "node:fs";

const render = renderProgram;
const program = "TXT 1 1 x\nDISC 5 5 5\n";
// Loads everything that the verifier loads on first use, before the measurement.
await verifyCartridge(await encodeCartridge(renderProgram(program), { program, language: "1" }), { render });
const bytes = readFileSync(process.argv[2] ?? "");
resetPeak(process.pid);
const before = residentBytes(process.pid);
const outcome = await verifyCartridge(bytes, { render }).then(
  ({ status }) => status,
  (error: unknown) => (error as { readonly code?: string }).code ?? String(error),
);
process.stdout.write(JSON.stringify({ outcome, grownBytes: peakBytes(process.pid) - before }));
