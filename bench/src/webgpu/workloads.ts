import { random } from "../workloads.ts";

/** Rectangles of 1 … `side` pixels at random positions. */
export function rectangles(count: number, side: number, width: number, height: number): string {
  const next = random(count + side);
  const lines = Array.from(
    { length: count },
    () => `RECT ${next(width)} ${next(height)} ${1 + next(side)} ${1 + next(side)}`,
  );
  return lines.join("\n");
}

/** Texts of ten characters at random positions inside the canvas. */
export function texts(count: number, width: number, height: number): string {
  const next = random(count);
  const lines = Array.from({ length: count }, () => {
    const text = String.fromCharCode(...Array.from({ length: 10 }, () => 33 + next(94)));
    return `TXT ${next(width - 60)} ${next(height - 7)} ${text}`;
  });
  return lines.join("\n");
}

/** Half rectangles, half texts, each of about 400 pixels. */
export function mixture(count: number, width: number, height: number): string {
  const half = Math.ceil(count / 2);
  const others = texts(count - half, Math.max(width, 61), height).split("\n");
  return rectangles(half, 40, width, height)
    .split("\n")
    .flatMap((line, i) => [line, others[i] ?? "# nothing"])
    .join("\n");
}

/**
 * Translucent rectangles that cover the canvas except for one column: much painting by few instructions. A rectangle over
 * the whole canvas would only change the background.
 */
export function layers(count: number, width: number, height: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `COLOR #${(i % 8) + 1}0a0f088\nRECT 1 0 ${width} ${height}`,
  );
  return lines.join("\n");
}
