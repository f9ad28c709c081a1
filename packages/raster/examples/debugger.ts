import { createDebugger } from "@gvpie/raster";

const source = `SET width 1
again:
RECT 0 {width} {width} 1
ADD width 2
IF width < 8 again`;

const debug = createDebugger(source, { width: 16, height: 8 });
while (debug.runTo(4)) {
  const drawn = debug.drawList().count;
  console.log(`width ${debug.variables.get("width")}: ${drawn} drawn, ${debug.fuel} steps left`);
}
console.log(`halted: ${debug.isHalted}`);
