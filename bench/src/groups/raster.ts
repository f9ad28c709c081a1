import { type Program, parseProgram } from "@gvpie/pxl-parser";
import { renderProgram } from "@gvpie/raster-cpu";
import { type CanvasPeer, canvasPeers } from "../canvas-peers.ts";
import type { Contender, Race } from "../harness.ts";
import { type Workload, workloads } from "../workloads.ts";

/** Workloads A1–A5: ours with and without parsing, the canvas peers, and filling the frame with one word. */
export async function rasterRaces(): Promise<Race[]> {
  const peers = await canvasPeers();
  return workloads.map((workload) => race(workload, peers));
}

function race(workload: Workload, peers: readonly CanvasPeer[]): Race {
  const { id, title, width, height, source } = workload;
  const program = parseProgram(source);
  const into = new Uint8ClampedArray(width * height * 4);
  const words = new Uint32Array(width * height);
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
      ...peers.map((peer) => contender(peer, program, width, height)),
      { name: "Uint32Array.fill", role: "floor", run: () => words.fill(0xff000000) },
    ],
  };
}

function contender(peer: CanvasPeer, program: Program, width: number, height: number): Contender {
  const draw = peer.prepare(program, width, height);
  checkDrawing(peer.name, draw(), program, width, height);
  return { name: peer.name, role: "peer", run: draw };
}

/** A peer that draws nothing would be fast: rectangles must agree pixel for pixel, texts must leave ink. */
function checkDrawing(
  name: string,
  pixels: Uint8Array,
  program: Program,
  width: number,
  height: number,
): void {
  const ours = renderProgram(program, { width, height }).data;
  const hasText = program.instructions.some(({ op }) => op === "TXT");
  let differing = 0;
  let ink = 0;
  for (let i = 0; i < ours.length; i += 4) {
    if (pixels[i] !== ours[i]) differing++;
    if (pixels[i] !== 0) ink++;
  }
  if (hasText ? ink === 0 : differing > 0) {
    throw new Error(
      `${name} did not draw the workload: ${differing} of ${ours.length / 4} pixels differ, ${ink} are lit`,
    );
  }
}
