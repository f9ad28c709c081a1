/** A program and its canvas. Workloads never change, so that figures can be compared over time. */
export interface Workload {
  readonly name: string;
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

const DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Returns a Lehmer generator (modulus 2³¹−1, multiplier 48271) of integers from 0 to `limit` − 1. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

function panel(): string {
  const texts = Array.from({ length: 8 }, (_, i) => `TXT 1 ${i * 8} Line ${i}: all is in order`);
  const bars = Array.from({ length: 6 }, (_, i) => `RECT ${i * 21} ${57 - i * 4} 18 ${i * 4 + 6}`);
  return [...texts, ...bars].join("\n");
}

function rectangles(count: number, width: number, height: number, most: number): string {
  const random = createRandom(1);
  const line = () => `RECT ${random(width)} ${random(height)} ${1 + random(most)} ${1 + random(most)}`;
  return Array.from({ length: count }, line).join("\n");
}

function texts(count: number, width: number, height: number): string {
  const random = createRandom(2);
  const character = () => DIGITS_AND_LETTERS.charAt(random(DIGITS_AND_LETTERS.length));
  const line = () =>
    `TXT ${random(width)} ${random(height)} ${Array.from({ length: 10 }, character).join("")}`;
  return Array.from({ length: count }, line).join("\n");
}

export const workloads: readonly Workload[] = [
  { name: "A1 one text of 9 characters", source: "TXT 10 10 Hello GPU", width: 128, height: 64 },
  { name: "A2 a panel: 8 texts, 6 rectangles", source: panel(), width: 128, height: 64 },
  {
    name: "A3 10,000 rectangles up to 200 px",
    source: rectangles(10_000, 1920, 1080, 200),
    width: 1920,
    height: 1080,
  },
  { name: "A4 20,000 texts of 10 characters", source: texts(20_000, 1920, 1080), width: 1920, height: 1080 },
  { name: "A5 one rectangle over all of 4K", source: "RECT 0 0 3840 2160", width: 3840, height: 2160 },
  {
    name: "A6 200,000 rectangles up to 30 px",
    source: rectangles(200_000, 1920, 1080, 30),
    width: 1920,
    height: 1080,
  },
];
