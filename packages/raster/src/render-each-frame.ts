import type { Frame, RenderOptions } from "./types.ts";

/**
 * Renders the frames of an animation one after another with a function that renders one of them, for a backend that draws in
 * another process. The first frame says how many there are.
 *
 * @param draw renders the frame that `options.frame` numbers.
 * @throws what `draw` throws.
 */
export async function* renderEachFrame<F extends Frame>(
  options: RenderOptions,
  draw: (options: RenderOptions) => Promise<F>,
): AsyncGenerator<F, void, undefined> {
  const first = await draw(options);
  const count = first.animation?.frames ?? 1;
  yield first;
  // Warnings are those of the first frame.
  for (let frame = 1; frame < count; frame++) yield await draw({ ...options, onWarning: undefined });
}
