import { parseProgram } from "@gvpie/pxl-parser";
import type { Frame } from "@gvpie/raster";
import type { GalleryProgram } from "./programs.ts";

/** Scale factor of the pictures on the page. */
export const ENLARGEMENT = 4;

const SECTIONS: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    "Panels and charts",
    [
      "system-panel",
      "bar-chart",
      "line-chart",
      "gauge",
      "progress-bar",
      "status-bar",
      "vu-meter",
      "ci-badge",
    ],
  ],
  ["Time and weather", ["oled-clock", "calendar", "weather", "thermometer", "compass"]],
  ["Signs and labels", ["departures", "led-scroller", "price-tag", "shipping-label", "name-badge"]],
  ["Games", ["invaders", "chess", "dice", "sprite-sheet", "traffic-light"]],
  ["Computed pictures", ["mandelbrot", "sierpinski", "maze", "sunset"]],
  ["Test patterns", ["test-card", "ruler"]],
];

/** Names of the programs on the page, in order. */
export const SHOWN: readonly string[] = SECTIONS.flatMap(([, names]) => names);

const INTRODUCTION = `# The gallery

Programs to use and change, from [examples/programs](../examples/programs). Each has a picture there, a cartridge that \`gvpie verify examples/programs/*.png\` renders again and compares. This page shows the pictures enlarged ${ENLARGEMENT} times.

These commands render a program with other parameters, in the terminal and into a file:

    gvpie show examples/programs/oled-clock.pxl --param time=12:34
    gvpie render examples/programs/bar-chart.pxl --param title=Sales --param fri=99 -o chart.png

A canvas is 128 × 64 pixels unless a comment in the program gives another size, such as \`# canvas 96x20\`; the command below such a picture has the options for it. This page is generated from the programs: \`UPDATE_GOLDEN=1 npx vitest run verification/release/gallery.test.ts\` writes the page and its pictures.
`;

/** Returns the page as Markdown. */
export function galleryPage(programs: ReadonlyMap<string, GalleryProgram>): string {
  const sections = SECTIONS.map(([title, names]) =>
    [`## ${title}`, ...names.map((name) => entryOf(programs.get(name)))].join("\n\n"),
  );
  return `${[INTRODUCTION.trimEnd(), ...sections].join("\n\n")}\n`;
}

function entryOf(program: GalleryProgram | undefined): string {
  if (program === undefined) throw new Error("the page names a program that does not exist");
  const { name, source, description, canvas } = program;
  const { width, height, background } = canvas;
  const options = [
    width === 128 ? "" : ` --width ${width}`,
    height === 64 ? "" : ` --height ${height}`,
    background === "#000000ff" ? "" : ` --background '${background}'`,
  ];
  const command = `gvpie show examples/programs/${name}.pxl${options.join("")}`;
  const params = parseProgram(source).params.map((param) => `\`${param.name}\``);
  const facts = params.length === 0 ? "" : ` Parameters: ${params.join(", ")}.`;
  return [
    `### [${name}](../examples/programs/${name}.pxl)`,
    `<img src="gallery/${name}.png" width="${width * ENLARGEMENT}" alt="${description}">`,
    description + facts,
    `    ${command}`,
    `<details><summary>The program</summary>\n\n\`\`\`text\n${source}\`\`\`\n\n</details>`,
  ].join("\n\n");
}

/** Returns a frame in which each pixel is a square of `times` × `times` pixels. */
export function enlarge({ width, height, data }: Frame, times: number): Frame {
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const enlarged = new Uint32Array(pixels.length * times * times);
  for (let i = 0; i < enlarged.length; i++) {
    const x = Math.floor((i % (width * times)) / times);
    const y = Math.floor(i / (width * times) / times);
    enlarged[i] = pixels[y * width + x] ?? 0;
  }
  return {
    width: width * times,
    height: height * times,
    data: new Uint8ClampedArray(enlarged.buffer),
  };
}
