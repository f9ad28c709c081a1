import { resolveLimits } from "./limits.ts";
import { checkAnimation, refuseFrame } from "./prepare-frames.ts";
import type { Frame, RenderOptions } from "./types.ts";

/**
 * Renders the frames of an animation one after another with a function that renders one of them, for a backend that draws in
 * another process. The first frame says how many there are.
 *
 * @param draw renders the frame that `options.frame` numbers.
 * @throws what `draw` throws, and as `prepareFrames` does.
 */
export async function* renderEachFrame<F extends Frame>(
  options: RenderOptions,
  draw: (options: RenderOptions) => Promise<F>,
): AsyncGenerator<F, void, undefined> {
  refuseFrame(options);
  const first = await draw(options);
  const { width, height, animation } = first;
  checkAnimation({ width, height, animation }, resolveLimits(options.limits));
  yield first;
  const count = animation?.frames ?? 1;
  // Warnings are those of the first frame.
  for (let frame = 1; frame < count; frame++) yield await draw({ ...options, frame, onWarning: undefined });
}
