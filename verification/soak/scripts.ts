import type { NewScript } from "@gvpie/daemon/store";
import { readFileSync } from "node:fs";

/** Name of the script whose code is edited during the soak. */
export const EDITED = "edited";

const PROGRAMS = new URL("../../examples/programs/", import.meta.url);

const example = (name: string): string => readFileSync(new URL(`${name}.pxl`, PROGRAMS), "utf8");

/** Returns ten scripts of all kinds. The last one always fails, since Python is off. */
export function soakScripts(): NewScript[] {
  const url = `data:image/png;base64,${readFileSync(new URL("dice.png", PROGRAMS), "base64")}`;
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
