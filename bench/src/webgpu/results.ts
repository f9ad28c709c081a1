import type { Machine } from "../machine.ts";
import type { Stages } from "./stages.ts";

/** Measurements of one program on one canvas. Durations are the shortest of several, in milliseconds. */
export interface Point {
  readonly width: number;
  readonly height: number;
  readonly instructions: number;
  /** True if each instruction covers nearly the whole canvas, translucently; false if it covers about 400 pixels. */
  readonly isLayers: boolean;
  /** A frame from raster-cpu, from source text. */
  readonly cpu: number;
  /** The same frame from the adapter, in the same process. */
  readonly webgpu: number;
  /** An empty frame from the adapter: filled, copied and read. */
  readonly floor: number;
  /** From source text to a draw list, which every backend needs. */
  readonly lowering: number;
  /** A frame of this size from another process, which does not draw. */
  readonly transfer: number;
  /** Frames from the adapter, with several in flight. */
  readonly framesPerSecond: number;
}

/** Durations of one heavy frame and its stages, in milliseconds. */
export interface StagePoint extends Stages {
  readonly workload: string;
  /** The whole frame, without waits between the stages. */
  readonly total: number;
  readonly floor: number;
  /** The same frame from raster-cpu; absent from older results. */
  readonly cpu?: number | undefined;
}

/** Milliseconds from a request to its reply, through daemons that differ in `--backend` alone. */
export interface EndToEnd {
  readonly width: number;
  readonly height: number;
  readonly program: string;
  readonly cpu: number;
  readonly webgpu: number;
  readonly auto: number;
  /** The backend that `auto` chose. */
  readonly autoChose: "cpu" | "webgpu";
}

/** All measurements of one adapter. */
export interface Result {
  readonly adapter: string;
  readonly driver: string;
  /** True if it is software. */
  readonly fallback: boolean;
  readonly machine: Machine;
  readonly stages: readonly StagePoint[];
  readonly points: readonly Point[];
  /** Not measured by this bench. */
  readonly endToEnd?: readonly EndToEnd[] | undefined;
}

/** The file that the bench writes. */
export interface Report {
  readonly results: readonly Result[];
}

export const STAGE_TITLES: readonly string[] = [
  "program",
  "lowering",
  "binning",
  "upload",
  "compute",
  "readback",
  "whole frame",
  "floor",
  "3 floors + lowering",
  "raster-cpu",
];

export function stageCells(point: StagePoint): string[] {
  const { workload, lowering, binning, upload, compute, readback, total, floor, cpu } = point;
  const times = [lowering, binning, upload, compute, readback, total, floor, 3 * floor + lowering];
  return [workload, ...times.map(format), cpu === undefined ? "–" : format(cpu)];
}

export const POINT_TITLES: readonly string[] = [
  "canvas",
  "program",
  "raster-cpu",
  "raster-webgpu",
  "floor",
  "lowering",
  "transfer",
  "frames/s",
];

export function pointCells(point: Point): string[] {
  const { width, height, cpu, webgpu, floor, lowering, transfer, framesPerSecond } = point;
  const times = [cpu, webgpu, floor, lowering, transfer, framesPerSecond];
  return [`${width}×${height}`, programName(point), ...times.map(format)];
}

/** A row for each canvas, a column for each program; the times of `cpu` and `webgpu`, the shorter in bold. */
export function endToEndTable(measured: readonly EndToEnd[]): string[] {
  const programs = [...new Set(measured.map(({ program }) => program))];
  const canvasOf = ({ width, height }: EndToEnd) => `${width}×${height}`;
  const rows = [...new Set(measured.map(canvasOf))].map((canvas) => {
    const times = measured.filter((one) => canvasOf(one) === canvas);
    const cells = programs.map((program) => {
      const { cpu = Number.NaN, webgpu = Number.NaN } = times.find((one) => one.program === program) ?? {};
      return cpu < webgpu
        ? `**${format(cpu)}** / ${format(webgpu)}`
        : `${format(cpu)} / **${format(webgpu)}**`;
    });
    return tableRow([canvas, ...cells]);
  });
  return [tableHead(["canvas", ...programs]), ...rows];
}

export function programName({ instructions, isLayers }: Pick<Point, "instructions" | "isLayers">): string {
  const count = instructions.toLocaleString("en");
  const noun = isLayers ? "layer" : "instruction";
  return `${count} ${noun}${instructions === 1 ? "" : "s"}`;
}

/** Returns the first two lines of a Markdown table. */
export function tableHead(titles: readonly string[]): string {
  const rules = titles.map((_, i) => (i === 0 ? "---" : "---:"));
  return `${tableRow(titles)}\n${tableRow(rules)}`;
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Formats three significant digits, without an exponent. */
function format(value: number): string {
  if (value >= 1000) return Number(value.toPrecision(3)).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
