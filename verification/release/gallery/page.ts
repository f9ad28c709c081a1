import { parseProgram } from "@gvpie/pxl-parser";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
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
      "day-chart",
      "progress-ring",
      "thermostat",
      "menu",
      "rating",
    ],
  ],
  ["Animations", ["marquee", "radar", "life", "cat"]],
  [
    "Time and weather",
    ["oled-clock", "analog-clock", "calendar", "weather", "moon", "thermometer", "compass"],
  ],
  [
    "Signs and labels",
    [
      "departures",
      "departures-intl",
      "led-scroller",
      "price-tag",
      "shipping-label",
      "name-badge",
      "qr-code",
      "quote",
    ],
  ],
  ["Games", ["invaders", "chess", "dice", "sprite-sheet", "traffic-light"]],
  ["Computed pictures", ["mandelbrot", "sierpinski", "dither", "maze", "sunset"]],
  ["Test patterns", ["test-card", "ruler"]],
];

/** Names of the programs on the page, in order. */
export const SHOWN: readonly string[] = SECTIONS.flatMap(([, names]) => names);

const INTRODUCTION = `# The gallery

Programs to use and change, from [examples/programs](../examples/programs). Each has a picture there, a cartridge that \`gvpie verify examples/programs/*.png\` renders again and compares. This page shows the pictures enlarged ${ENLARGEMENT} times.

These commands render a program with other parameters, in the terminal and into a file:

    gvpie show examples/programs/oled-clock.pxl --param time=12:34
    gvpie render examples/programs/bar-chart.pxl --param title=Sales --param fri=99 -o chart.png

A canvas is 128 × 64 pixels, with a black background, unless the program has a \`CANVAS\`. A program with \`FRAMES\` draws an animation. This page is generated from the programs: \`UPDATE_GOLDEN=1 npx vitest run verification/release/gallery.test.ts\` writes the page and its pictures.
`;

/** Tokens of programs of the gallery as they were in version 1 of the language, in the encoding o200k. */
const TOKENS_IN_VERSION_1: ReadonlyMap<string, number> = new Map([
  ["compass", 646],
  ["gauge", 611],
  ["status-bar", 503],
  ["line-chart", 444],
  ["mandelbrot", 381],
  ["sunset", 341],
  ["calendar", 326],
  ["sierpinski", 245],
  ["ruler", 217],
  ["maze", 202],
]);

/** Returns a table of the tokens of some programs, then and now. */
function tokenTable(programs: ReadonlyMap<string, GalleryProgram>): string {
  const row = (name: string, before: string, after: string, share: string): string =>
    `| ${name.padEnd(10)} | ${before.padStart(9)} | ${after.padStart(9)} | ${share.padStart(4)} |`;
  const rows = Array.from(TOKENS_IN_VERSION_1, ([name, before]) => {
    const after = encode(programs.get(name)?.source ?? "").length;
    return row(name, String(before), String(after), `${Math.round((after * 100) / before)} %`);
  });
  return `## The length of programs

Ten of these programs in both versions of the language, with the same pixels, counted in tokens of a language model (the encoding o200k):

${row("Program", "Version 1", "Version 2", "")}
| ---------- | --------: | --------: | ---: |
${rows.join("\n")}`;
}

/** Returns the page as Markdown. */
export function galleryPage(programs: ReadonlyMap<string, GalleryProgram>): string {
  const sections = SECTIONS.map(([title, names]) =>
    [`## ${title}`, ...names.map((name) => entryOf(programs.get(name)))].join("\n\n"),
  );
  return `${[INTRODUCTION.trimEnd(), ...sections, tokenTable(programs)].join("\n\n")}\n`;
}

function entryOf(program: GalleryProgram | undefined): string {
  if (program === undefined) throw new Error("the page names a program that does not exist");
  const { name, source, description, canvas } = program;
  const params = parseProgram(source).params.map((param) => `\`${param.name}\``);
  const facts = params.length === 0 ? "" : ` Parameters: ${params.join(", ")}.`;
  return [
    `### [${name}](../examples/programs/${name}.pxl)`,
    `<img src="gallery/${name}.png" width="${canvas.width * ENLARGEMENT}" alt="${description}">`,
    description + facts,
    `    gvpie show examples/programs/${name}.pxl`,
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
