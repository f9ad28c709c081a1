import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

const program = "TXT 10 10 Hello GPU";
const frame = renderProgram(program); // { width, height, data }: an ImageData
const png = await encodeCartridge(frame, { program, language: "1" }); // a PNG that any viewer opens
const { status } = await verifyCartridge(png, { render: renderProgram });
console.log(status); // "verified"
