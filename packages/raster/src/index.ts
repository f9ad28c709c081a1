export { blendPixel } from "./blend.ts";
export { DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./canvas.ts";
export { checkDrawing, type CheckDrawingOptions } from "./check-drawing.ts";
export { formatColor, parseColor } from "./color.ts";
export { countCommonCommands } from "./common-commands.ts";
export { createDebugger, type Debugger } from "./debugger.ts";
export {
  BOTTOM,
  COLOR,
  COMMAND_STRIDE,
  KIND,
  KIND_GLYPHS,
  KIND_RECT,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  RUN_SCALE,
  RUN_START,
  RUN_X,
  RUN_Y,
  TOP,
} from "./draw-list.ts";
export { RasterError, type RasterErrorCode, type RasterErrorOptions } from "./errors.ts";
export { createFrame } from "./frame.ts";
export { DEFAULT_LIMITS, HARD_LIMITS } from "./limits.ts";
export { lowerProgram, useDrawList } from "./lower.ts";
export { type PortableRequest, RENDER_OPTION_NAMES, toPortable } from "./options.ts";
export { packFrame, type PackOptions, PIXEL_FORMATS, type PixelFormat } from "./pack-frame.ts";
export type { Pen } from "./pen.ts";
export { prepareFrames, type PreparedFrames } from "./prepare-frames.ts";
export { renderEachFrame } from "./render-each-frame.ts";
export type {
  DrawList,
  Frame,
  FrameAnimation,
  Limits,
  Rasterizer,
  RasterizerInfo,
  RasterWarning,
  RenderOptions,
} from "./types.ts";
