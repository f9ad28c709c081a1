import type { Stages } from "./stages.ts";

/** What the bench measured at one canvas and program. Durations are the shortest of several, in milliseconds. */
export interface Point {
  readonly width: number;
  readonly height: number;
  readonly instructions: number;
  /** Whether every instruction covers the whole canvas, translucently, or about 400 pixels. */
  readonly isLayers: boolean;
  /** A frame from raster-cpu, its program parsed each time. */
  readonly cpu: number;
  /** The same from the adapter, in the process that wants it. */
  readonly webgpu: number;
  /** An empty frame from the adapter: filled, copied, read. */
  readonly floor: number;
  /** The program made a draw list, which every backend needs. */
  readonly lowering: number;
  /** A frame of this size from another process, which draws in no time. */
  readonly handover: number;
  /** From the adapter, with several in flight. */
  readonly framesPerSecond: number;
}

/** Where the time of one heavy frame goes. */
export interface StagePoint extends Stages {
  readonly workload: string;
  /** A frame with nothing between the stages. */
  readonly total: number;
  readonly floor: number;
  /** The same frame from raster-cpu. */
  readonly cpu: number;
}

/** What one adapter made of all. */
export interface Result {
  readonly adapter: string;
  readonly driver: string;
  /** Whether it is software. */
  readonly fallback: boolean;
  readonly stages: readonly StagePoint[];
  readonly points: readonly Point[];
}

/** The file that the bench writes. */
export interface Report {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly platform: string;
  };
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
  const times = [lowering, binning, upload, compute, readback, total, floor, 3 * floor + lowering, cpu];
  return [workload, ...times.map(shown)];
}

export const POINT_TITLES: readonly string[] = [
  "canvas",
  "program",
  "raster-cpu",
  "raster-webgpu",
  "floor",
  "lowering",
  "handover",
  "frames/s",
];

export function pointCells(point: Point): string[] {
  const { width, height, cpu, webgpu, floor, lowering, handover, framesPerSecond } = point;
  const times = [cpu, webgpu, floor, lowering, handover, framesPerSecond];
  return [`${width}×${height}`, programName(point), ...times.map(shown)];
}

export function programName({ instructions, isLayers }: Pick<Point, "instructions" | "isLayers">): string {
  const count = instructions.toLocaleString("en");
  const noun = isLayers ? "layer" : "instruction";
  return `${count} ${noun}${instructions === 1 ? "" : "s"}`;
}

/** The first two lines of a Markdown table. */
export function tableHead(titles: readonly string[]): string {
  const rules = titles.map((_, i) => (i === 0 ? "---" : "---:"));
  return `${tableRow(titles)}\n${tableRow(rules)}`;
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Three significant digits, without an exponent. */
function shown(value: number): string {
  if (value >= 1000) return Number(value.toPrecision(3)).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
