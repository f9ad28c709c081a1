import { type Program, parseProgram } from "@gvpie/pxl-parser";
import { renderProgram } from "@gvpie/raster-cpu";
import { type CanvasPeer, canvasPeers } from "../canvas-peers.ts";
import type { Contender, Race } from "../harness.ts";
import { inColors, type Palette, type Workload, workloads } from "../workloads.ts";

/** Workloads A1–A5 in white, in opaque and in translucent colours: ours, the canvas peers, and one fill of the frame. */
export async function* rasterRaces(): AsyncGenerator<Race> {
  const peers = await canvasPeers();
  for (const palette of ["white", "opaque", "translucent"] as const) {
    for (const workload of workloads) yield race(inColors(workload, palette), palette, peers);
  }
}

function race(workload: Workload, palette: Palette, peers: readonly CanvasPeer[]): Race {
  const { id, title, width, height, source } = workload;
  const program = parseProgram(source);
  const into = new Uint8ClampedArray(width * height * 4);
  const words = new Uint32Array(width * height);
  const theirs = peers.flatMap((peer) => contenders(peer, program, palette, width, height));
  return {
    id: `raster/${id}`,
    title: `${id}: ${title}`,
    contenders: [
      {
        name: "drawing alone, reused frame",
        role: "ours",
        run: () => renderProgram(program, { width, height, into }),
      },
      {
        name: "parse + draw, reused frame",
        role: "ours",
        run: () => renderProgram(source, { width, height, into }),
      },
      {
        name: "parse + draw, fresh frame",
        role: "ours",
        run: () => renderProgram(source, { width, height }),
      },
      ...theirs,
      { name: "Uint32Array.fill", role: "floor", run: () => words.fill(0xff000000) },
    ],
  };
}

function contenders(
  { name, prepare }: CanvasPeer,
  program: Program,
  palette: Palette,
  width: number,
  height: number,
): Contender[] {
  const canvas = prepare(program, width, height);
  checkDrawing(name, canvas.drawAndRead(), program, palette, width, height);
  return [
    { name: `${name}, drawing alone`, role: "peer", run: () => canvas.draw() },
    { name: `${name}, frame read out`, role: "peer", run: () => canvas.drawAndRead() },
  ];
}

/**
 * Checks that a peer really draws: opaque rectangles must agree pixel for pixel, translucent ones nearly (peers round in
 * premultiplied alpha), and texts must light about as many pixels.
 */
function checkDrawing(
  name: string,
  pixels: Uint8Array,
  program: Program,
  palette: Palette,
  width: number,
  height: number,
): void {
  const ours = renderProgram(program, { width, height }).data;
  const hasText = program.instructions.some(({ op }) => op === "TXT");
  let differing = 0;
  let [ink, ourInk] = [0, 0];
  for (let i = 0; i < ours.length; i += 4) {
    // Green is at the same offset in RGBA and in BGRA.
    const [theirs, own] = [pixels[i + 1] ?? 0, ours[i + 1] ?? 0];
    if (Math.abs(theirs - own) > (palette === "translucent" ? 8 : 0)) differing++;
    ink += theirs;
    ourInk += own;
  }
  const isRight = hasText ? ink > ourInk / 4 && ink < ourInk * 4 : differing === 0;
  if (isRight) return;
  throw new Error(
    `${name} did not draw the workload: ${differing} of ${ours.length / 4} pixels differ, ink ${ink} against ${ourInk}`,
  );
}
