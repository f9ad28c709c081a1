import { encodeCartridge } from "@gvpie/cartridge";
import type { NewScript } from "@gvpie/daemon/store";
import { renderProgram } from "@gvpie/raster-cpu";
import { readFileSync } from "node:fs";

/** Name of the script whose code is edited during the soak. */
export const EDITED = "edited";

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/programs/${name}.pxl`, import.meta.url), "utf8");

/** Returns ten scripts of all kinds. The last one always fails, since Python is off. */
export async function soakScripts(): Promise<NewScript[]> {
  const program = example("dice");
  const cartridge = await encodeCartridge(renderProgram(program), { program, language: "1" });
  const url = `data:image/png;base64,${Buffer.from(cartridge).toString("base64")}`;
  return [
    { name: EDITED, lang: "pixel", code: "TXT 1 1 0" },
    { name: "clock", lang: "gvpie", code: example("oled-clock"), options: { params: { time: "12:34" } } },
    { name: "sierpinski", lang: "pixel", code: example("sierpinski") },
    { name: "maze", lang: "gvpie", code: example("maze") },
    { name: "chart", lang: "pixel", code: example("bar-chart") },
    { name: "weather", lang: "gvpie", code: example("weather"), options: { width: 320, height: 240 } },
    { name: "mandelbrot", lang: "gvpie", code: example("mandelbrot") },
    { name: "chess", lang: "pixel", code: example("chess"), options: { width: 512, height: 512 } },
    { name: "cartridge", lang: "cartridge", code: url },
    { name: "python", lang: "python", code: "print('never run')" },
  ];
}
