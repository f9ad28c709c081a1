import type { Stages } from "./stages.ts";

/** What the bench measured at one canvas and program. Durations are medians in milliseconds. */
export interface Point {
  readonly width: number;
  readonly height: number;
  readonly instructions: number;
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

/** What one adapter made of all. */
export interface Result {
  readonly adapter: string;
  readonly driver: string;
  /** Whether it is software. */
  readonly fallback: boolean;
  readonly stages: readonly (Stages & {
    readonly workload: string;
    /** A frame with nothing between the stages. */
    readonly total: number;
    readonly floor: number;
  })[];
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
