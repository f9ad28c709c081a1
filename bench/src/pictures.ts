import { renderProgram } from "@gvpie/raster-cpu";
import type { Frame } from "@gvpie/cartridge";
import { random, workloads } from "./workloads.ts";

/** A frame to encode and decode. */
export interface Picture {
  readonly id: string;
  readonly title: string;
  readonly frame: Frame;
}

/** Typical cartridge frames (`hello`, flat), and unusual ones (colourful, noisy). */
export function pictures(): Picture[] {
  return [
    { id: "hello", title: "hello, 128×64", frame: renderProgram("TXT 10 10 Hello GPU") },
    { id: "1080p-flat", title: "flat, 1920×1080", frame: flat(1920, 1080) },
    { id: "4k-flat", title: "flat, 3840×2160", frame: flat(3840, 2160) },
    { id: "colourful", title: "colourful gradients, 1920×1080", frame: colourful(1920, 1080) },
    { id: "noisy", title: "random bytes, 1920×1080", frame: noisy(1920, 1080) },
  ];
}

/** Texts and a few bars: two colours, mostly background. */
function flat(width: number, height: number): Frame {
  const next = random(6);
  const lines = (workloads[3]?.source ?? "").split("\n").slice(0, 1500);
  for (let i = 0; i < 40; i++) lines.push(`RECT ${next(width)} ${next(height)} ${next(300)} ${next(20)}`);
  return renderProgram(lines.join("\n"), { width, height });
}

function colourful(width: number, height: number): Frame {
  return fill(width, height, (x, y) => [(x >> 2) & 255, (y >> 1) & 255, ((x + y) >> 3) & 255]);
}

function noisy(width: number, height: number): Frame {
  const next = random(7);
  return fill(width, height, () => [next(256), next(256), next(256)]);
}

function fill(
  width: number,
  height: number,
  color: (x: number, y: number) => [number, number, number],
): Frame {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      data.set(color(x, y), i);
      data[i + 3] = 255;
    }
  }
  return { width, height, data };
}
