import { SeededRandom } from "@gvpie/testing";

/** A program and the size of its canvas. */
export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly source: string;
}

/** Colours of a workload: white, or a new random colour before each instruction. */
export type Palette = "white" | "opaque" | "translucent";

/** Returns a generator of seeded integers from 0 to `below` − 1. */
export function random(seed: number): (below: number) => number {
  const generator = new SeededRandom(seed);
  return (below) => generator.below(below);
}

/** Returns the workload with other colours. */
export function inColors(workload: Workload, palette: Palette): Workload {
  if (palette === "white") return workload;
  const next = random(8);
  const hex = (from: number) => (from + next(256 - from)).toString(16).padStart(2, "0");
  const colored = workload.source
    .split("\n")
    .map(
      (line) =>
        `COLOR #${hex(0)}${hex(0)}${hex(0)}${palette === "opaque" ? "ff" : (64 + next(128)).toString(16)}\n${line}`,
    );
  return {
    ...workload,
    id: `${workload.id}-${palette}`,
    title: `${workload.title}, ${palette === "opaque" ? "opaque colours" : "translucent colours"}`,
    source: colored.join("\n"),
  };
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function word(next: (below: number) => number, length: number): string {
  return Array.from({ length }, () => letters[next(letters.length)]).join("");
}

function panel(): string {
  const next = random(2);
  const texts = Array.from({ length: 8 }, (_, i) => `TXT 1 ${i * 8} ${word(next, 21)}`);
  const bars = Array.from({ length: 6 }, (_, i) => `RECT ${100 - i * 4} ${i * 10} ${20 + i} 5`);
  return [...texts, ...bars].join("\n");
}

/** Returns a program of rectangles of 1 … `most` pixels a side at random places on a 1920×1080 canvas. */
export function rectangles(count: number, most: number): string {
  const next = random(3);
  const lines = Array.from(
    { length: count },
    () => `RECT ${next(1920)} ${next(1080)} ${1 + next(most)} ${1 + next(most)}`,
  );
  return lines.join("\n");
}

function texts(count: number): string {
  const next = random(4);
  return Array.from({ length: count }, () => `TXT ${next(1860)} ${next(1073)} ${word(next, 10)}`).join("\n");
}

export const workloads: readonly Workload[] = [
  { id: "A1", title: "one short text, 128×64", width: 128, height: 64, source: "TXT 10 10 Hello GPU" },
  {
    id: "A2",
    title: "a full panel: 8 texts and 6 rectangles, 128×64",
    width: 128,
    height: 64,
    source: panel(),
  },
  {
    id: "A3",
    title: "10,000 rectangles of 1…200 px, 1920×1080",
    width: 1920,
    height: 1080,
    source: rectangles(10_000, 200),
  },
  {
    id: "A4",
    title: "20,000 texts of 10 characters, 1920×1080",
    width: 1920,
    height: 1080,
    source: texts(20_000),
  },
  {
    id: "A5",
    title: "one full-screen rectangle, 3840×2160",
    width: 3840,
    height: 2160,
    source: "RECT 0 0 3840 2160",
  },
];
