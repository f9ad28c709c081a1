/** A program to measure, with its canvas. */
export interface Workload {
  readonly name: string;
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/** Rectangles of 1 … `side` pixels at random places. */
export function rectangles(count: number, side: number, width: number, height: number): string {
  const random = createRandom(count + side);
  return Array.from(
    { length: count },
    () => `RECT ${random(width)} ${random(height)} ${1 + random(side)} ${1 + random(side)}`,
  ).join("\n");
}

/** Texts of ten characters at random places inside the canvas. */
export function texts(count: number, width: number, height: number): string {
  const random = createRandom(count);
  return Array.from({ length: count }, () => {
    const text = String.fromCharCode(...Array.from({ length: 10 }, () => 33 + random(94)));
    return `TXT ${random(width - 60)} ${random(height - 7)} ${text}`;
  }).join("\n");
}

/** Integers below a limit, from a linear congruential generator (Numerical Recipes, 1664525 and 1013904223). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
