import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

const program = "TXT 10 10 Hello GPU\nHALT\n";

// Save: a PNG that any viewer opens, with the program inside.
const png = await encodeCartridge(renderProgram(program), { program, language: "1", engine: "raster-cpu" });

// Check, here or on another machine: the program draws exactly these pixels.
const { status, explanation } = await verifyCartridge(png, { render: renderProgram });
console.log(`${status}: ${explanation}`);
