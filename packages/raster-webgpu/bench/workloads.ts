/** Rectangles of 1 … `side` pixels at random places, and no text. */
export function rectangles(count: number, side: number, width: number, height: number): string {
  const random = createRandom(count + side);
  const lines = Array.from(
    { length: count },
    () => `RECT ${random(width)} ${random(height)} ${1 + random(side)} ${1 + random(side)}`,
  );
  return lines.join("\n");
}

/** Texts of ten characters at random places inside the canvas. */
export function texts(count: number, width: number, height: number): string {
  const random = createRandom(count);
  const lines = Array.from({ length: count }, () => {
    const text = String.fromCharCode(...Array.from({ length: 10 }, () => 33 + random(94)));
    return `TXT ${random(width - 60)} ${random(height - 7)} ${text}`;
  });
  return lines.join("\n");
}

/** Half rectangles, half texts, each of about 400 pixels: what a program of so many instructions may look like. */
export function mixture(count: number, width: number, height: number): string {
  const half = Math.ceil(count / 2);
  const others = texts(count - half, Math.max(width, 61), height).split("\n");
  return rectangles(half, 40, width, height)
    .split("\n")
    .flatMap((line, i) => [line, others[i] ?? "# nothing"])
    .join("\n");
}

/**
 * Translucent rectangles nearly as large as the canvas: all painting, and next to no instructions. As large as the canvas,
 * they would only change the background.
 */
export function layers(count: number, width: number, height: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `COLOR #${(i % 8) + 1}0a0f088\nRECT 1 0 ${width} ${height}`,
  );
  return lines.join("\n");
}

/** Integers below a limit, from a linear congruential generator (Numerical Recipes: 1664525, 1013904223). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
