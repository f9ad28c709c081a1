import { createCanvas } from "@napi-rs/canvas";
import type { Program } from "@gvpie/pxl-parser";

/** A canvas library, made ready to draw one program again and again. */
export interface CanvasPeer {
  readonly name: string;
  /** Returns a function that draws the whole frame and gives its RGBA (or BGRA, which is the same in grey) bytes. */
  prepare(program: Program, width: number, height: number): () => Uint8Array;
}

/** What the peers have in common of `CanvasRenderingContext2D`. */
interface Context {
  fillStyle: unknown;
  font: string;
  textBaseline: string;
  fillRect(x: number, y: number, w: number, h: number): void;
  fillText(text: string, x: number, y: number): void;
}

/** The canvas libraries that are installed. `canvas` (cairo) compiles at install and is absent where it cannot. */
export async function canvasPeers(): Promise<CanvasPeer[]> {
  const peers: CanvasPeer[] = [
    {
      name: "@napi-rs/canvas",
      prepare(program, width, height) {
        const canvas = createCanvas(width, height);
        const draw = painter(canvas.getContext("2d"), program, width, height);
        return () => (draw(), canvas.data());
      },
    },
  ];
  const cairo = await loadCairo();
  if (cairo) {
    peers.push({
      name: "canvas (cairo)",
      prepare(program, width, height) {
        const canvas = cairo.createCanvas(width, height);
        const draw = painter(canvas.getContext("2d"), program, width, height);
        return () => (draw(), canvas.toBuffer("raw"));
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
    console.error("canvas (cairo) did not build here and is left out.");
    return undefined;
  }
}

function painter(context: Context, program: Program, width: number, height: number): () => void {
  context.font = "8px monospace";
  context.textBaseline = "top";
  return () => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#fff";
    for (const instruction of program.instructions) {
      if (instruction.op === "RECT") {
        context.fillRect(instruction.x, instruction.y, instruction.w, instruction.h);
      } else if (instruction.op === "TXT") {
        context.fillText(instruction.text, instruction.x, instruction.y);
      }
    }
  };
}
