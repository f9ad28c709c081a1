import { decodeAnimation, encodeAnimation, verifyCartridge } from "@gvpie/cartridge";
import { languageOf } from "@gvpie/pxl-parser";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";

const program = "FRAMES 30 40\nDISC {4 + frame * 4} 32 4\n";

// Save: an APNG that browsers play, whose picture is frame 0.
const png = await encodeAnimation(renderFrames(program), { program, language: languageOf(program) });

// Check: the program draws exactly these frames.
const { status, explanation } = await verifyCartridge(png, { render: renderProgram });
console.log(`${status}: ${explanation}`);

// Play: frame by frame, from any APNG.
let seconds = 0;
for await (const { delayMs } of decodeAnimation(png).frames()) seconds += delayMs / 1000;
console.log(`${png.length < 4096 ? "under" : "over"} 4 KiB for ${seconds.toFixed(1)} s`);
