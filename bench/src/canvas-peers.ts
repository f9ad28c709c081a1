import { createCanvas } from "@napi-rs/canvas";
import type { Program } from "@gvpie/pxl-parser";

/** A canvas library. */
export interface CanvasPeer {
  readonly name: string;
  /** Prepares a canvas that draws one program repeatedly. */
  prepare(program: Program, width: number, height: number): PreparedCanvas;
}

export interface PreparedCanvas {
  /** Draws and reads one pixel, which forces libraries that defer drawing to draw. */
  draw(): unknown;
  /** Draws and returns the frame, 4 bytes per pixel, in the library's channel order. */
  drawAndRead(): Uint8Array;
}

/** The part of `CanvasRenderingContext2D` that the peers share. */
interface Context {
  fillStyle: unknown;
  font: string;
  textBaseline: string;
  fillRect(x: number, y: number, w: number, h: number): void;
  fillText(text: string, x: number, y: number): void;
  getImageData(x: number, y: number, w: number, h: number): unknown;
}

/** The canvas libraries that are installed. `canvas` (cairo) compiles during installation and is absent if that fails. */
export async function canvasPeers(): Promise<CanvasPeer[]> {
  const peers: CanvasPeer[] = [
    {
      name: "@napi-rs/canvas",
      prepare(program, width, height) {
        const canvas = createCanvas(width, height);
        return prepared(canvas.getContext("2d"), program, width, height, () => canvas.data());
      },
    },
  ];
  const cairo = await loadCairo();
  if (cairo) {
    peers.push({
      name: "canvas (cairo)",
      prepare(program, width, height) {
        const canvas = cairo.createCanvas(width, height);
        return prepared(canvas.getContext("2d"), program, width, height, () => canvas.toBuffer("raw"));
      },
    });
  }
  return peers;
}

interface Cairo {
  createCanvas(
    width: number,
    height: number,
  ): { getContext(id: "2d"): Context; toBuffer(type: "raw"): Uint8Array };
}

async function loadCairo(): Promise<Cairo | undefined> {
  const name = "canvas";
  try {
    return ((await import(name)) as { default: Cairo }).default;
  } catch {
    console.error("canvas (cairo) is not installed: skipping it.");
    return undefined;
  }
}

function prepared(
  context: Context,
  program: Program,
  width: number,
  height: number,
  read: () => Uint8Array,
): PreparedCanvas {
  context.font = "8px monospace";
  context.textBaseline = "top";
  const steps = program.instructions.map((instruction): (() => void) => {
    if (instruction.op === "COLOR") {
      const style = cssColor(Number(instruction.color));
      return () => (context.fillStyle = style);
    }
    if (instruction.op === "RECT") {
      const [x = 0, y = 0, w = 0, h = 0] = (["x", "y", "w", "h"] as const).map((name) =>
        Number(instruction[name]),
      );
      return () => context.fillRect(x, y, w, h);
    }
    if (instruction.op === "TXT") {
      const [x, y, text] = [Number(instruction.x), Number(instruction.y), instruction.text as string];
      return () => context.fillText(text, x, y);
    }
    throw new Error(`expected COLOR, RECT or TXT, got ${instruction.op}`);
  });
  const paint = (): void => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#fff";
    for (const step of steps) step();
  };
  return {
    draw: () => (paint(), context.getImageData(0, 0, 1, 1)),
    drawAndRead: () => (paint(), read()),
  };
}

function cssColor(rgba: number): string {
  return `#${rgba.toString(16).padStart(8, "0")}`;
}
