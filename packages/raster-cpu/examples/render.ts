import { renderProgram } from "@gvpie/raster-cpu";

const program = `
TXT 1 1 Hi!
RECT 0 9 18 1
HALT`;

const { width, height, data } = renderProgram(program, { width: 18, height: 10 });
for (let y = 0; y < height; y++) {
  const row = data.subarray(y * width * 4, (y + 1) * width * 4);
  console.log(Array.from({ length: width }, (_, x) => (row[x * 4] === 255 ? "#" : ".")).join(""));
}
