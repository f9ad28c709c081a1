import { AUTO_MIN_PIXELS } from "@gvpie/raster-webgpu";

import { round } from "../report/svg.ts";
import { type Point, programName, type Report, type Result } from "./results.ts";

/** Colours that colour-blind readers can distinguish (Okabe and Ito). */
const LINES = [
  { instructions: 1, isLayers: false, color: "#56b4e9" },
  { instructions: 100, isLayers: false, color: "#0072b2" },
  { instructions: 10_000, isLayers: false, color: "#009e73" },
  { instructions: 1_000_000, isLayers: false, color: "#d55e00" },
  { instructions: 1, isLayers: true, color: "#e69f00" },
  { instructions: 10, isLayers: true, color: "#cc79a7" },
] as const;

const PANEL = { width: 270, height: 280, left: 54, top: 48, gap: 54 };
const [MIN_PIXELS, MAX_PIXELS] = [2 ** 13, 2 ** 26];
const [MIN_RATIO, MAX_RATIO] = [1 / 64, 256];

interface Panel {
  readonly title: string;
  readonly points: readonly Point[];
  /** Milliseconds of a frame. */
  time(point: Point): number;
}

/** Renders the crossover chart as SVG: the time of a frame as a multiple of raster-cpu's, over the size of the canvas. */
export function drawChart({ results }: Report): string {
  const panels = results.flatMap(panelsOf);
  const width = PANEL.left + panels.length * (PANEL.width + PANEL.gap);
  const height = PANEL.top + PANEL.height + 92;
  return [
    `<!-- Generated from webgpu.json by bench/src/webgpu/document.ts -->`,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${PANEL.left}" y="18" font-size="14">Time of a frame, as a multiple of raster-cpu's: above 1 the CPU is faster</text>`,
    ...panels.map((panel, i) => drawPanel(panel, PANEL.left + i * (PANEL.width + PANEL.gap))),
    drawLegend(height - 16),
    `</svg>`,
    ``,
  ].join("\n");
}

function panelsOf({ adapter, fallback, points }: Result): Panel[] {
  const name = adapter.replace(/ \(.*/, "");
  const same: Panel = {
    title: `${name}${fallback ? ", software" : ""}`,
    points,
    time: ({ webgpu }) => webgpu,
  };
  if (fallback) return [same];
  const other: Panel = {
    title: `${name} in a process of its own`,
    points,
    time: ({ webgpu, transfer }) => webgpu + transfer,
  };
  return [same, other];
}

function drawPanel({ title, points, time }: Panel, left: number): string {
  const { width, height, top } = PANEL;
  const x = (pixels: number) => round(left + scale(pixels, MIN_PIXELS, MAX_PIXELS) * width);
  const y = (ratio: number) => round(top + (1 - scale(ratio, MIN_RATIO, MAX_RATIO)) * height);
  const parts = [`<text x="${left}" y="${top - 10}" font-weight="bold">${title}</text>`];
  for (let ratio = MIN_RATIO; ratio <= MAX_RATIO; ratio *= 4) {
    const isOne = ratio === 1;
    parts.push(
      `<path d="M${left} ${y(ratio)}h${width}" stroke="${isOne ? "#000" : "#ddd"}"/>`,
      `<text x="${left - 6}" y="${y(ratio) + 4}" text-anchor="end">${ratio < 1 ? `1/${1 / ratio}` : ratio}</text>`,
    );
  }
  for (const [pixels, label] of [
    [2 ** 13, "128×64"],
    [2 ** 18, "512²"],
    [1920 * 1080, "1080p"],
    [2 ** 26, "8192²"],
  ] as const) {
    parts.push(
      `<path d="M${x(pixels)} ${top}v${height}" stroke="#ddd"/>`,
      `<text x="${x(pixels)}" y="${top + height + 16}" text-anchor="middle">${label}</text>`,
    );
  }
  parts.push(
    `<path d="M${x(AUTO_MIN_PIXELS)} ${top}v${height}" stroke="#000" stroke-dasharray="2 3"/>`,
    `<text x="${x(AUTO_MIN_PIXELS)}" y="${top + height + 30}" text-anchor="middle">auto</text>`,
  );
  for (const { color, ...program } of LINES) {
    const shown = points.filter(
      (point) => point.instructions === program.instructions && point.isLayers === program.isLayers,
    );
    const line = shown.map((point) => {
      const ratio = Math.min(Math.max(time(point) / point.cpu, MIN_RATIO), MAX_RATIO);
      return `${x(point.width * point.height)} ${y(ratio)}`;
    });
    if (line.length === 0) continue;
    parts.push(`<path d="M${line.join("L")}" fill="none" stroke="${color}" stroke-width="2"/>`);
  }
  return parts.join("\n");
}

function drawLegend(y: number): string {
  return LINES.map((line, i) => {
    const x = PANEL.left + i * 162;
    return (
      `<path d="M${x} ${y - 4}h18" stroke="${line.color}" stroke-width="3"/>` +
      `<text x="${x + 23}" y="${y}" font-size="11">${programName(line)}</text>`
    );
  }).join("\n");
}

/** Returns the position of a value between two others, 0 … 1, on a logarithmic scale. */
function scale(value: number, least: number, most: number): number {
  return Math.log(value / least) / Math.log(most / least);
}
