import { renderProgram } from "@gvpie/raster-webgpu";

const { width, height, data, info } = await renderProgram("TXT 10 10 Hello GPU\nRECT 10 20 64 2");
const lit = data.filter((byte, i) => i % 4 === 0 && byte === 255).length;
console.log(`${info.adapter} drew ${width}×${height} pixels, ${lit} of them white`);
