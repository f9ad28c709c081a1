import type { Timing } from "../results.ts";
import { COLORS, decades, FAINT, line, picture, rect, text } from "./svg.ts";

export interface Lane {
  readonly title: string;
  readonly bars: readonly {
    readonly name: string;
    readonly role: Timing["role"];
    readonly value: number;
    readonly label: string;
  }[];
}

const WIDTH = 860;
const LEFT = 250;
const RIGHT = 90;
const TOP = 44;
const BAR = 14;
const STEP = 18;
const GAP = 34;

/** Draws horizontal bars on a logarithmic axis, one block per lane; each gridline is ten times the one before. */
export function bars(title: string, lanes: readonly Lane[]): string {
  const values = lanes.flatMap((lane) => lane.bars.map(({ value }) => value));
  const { from, to, ticks } = decades(Math.min(...values) / 1.5, Math.max(...values));
  const scale = (value: number) => LEFT + ((Math.log10(value) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + 10 + lanes.reduce((sum, lane) => sum + GAP + lane.bars.length * STEP, 0) + 26;
  const parts = [text(16, 26, title, { size: 15, bold: true })];
  for (const tick of ticks) {
    parts.push(line(scale(tick), TOP, scale(tick), height - 24, FAINT));
    parts.push(text(scale(tick), height - 8, tickLabel(tick), { size: 11, anchor: "middle" }));
  }
  let y = TOP;
  for (const lane of lanes) {
    parts.push(text(16, y + 22, lane.title, { bold: true }));
    y += GAP;
    for (const { name, role, value, label } of lane.bars) {
      parts.push(text(LEFT - 8, y + BAR - 3, name, { size: 11, anchor: "end" }));
      parts.push(rect(LEFT, y, scale(value) - LEFT, BAR, COLORS[role]));
      parts.push(text(scale(value) + 6, y + BAR - 3, label, { size: 11, bold: role === "ours" }));
      y += STEP;
    }
  }
  return picture(WIDTH, height, title, parts);
}

function tickLabel(us: number): string {
  if (us < 1000) return `${us} µs`;
  return us < 1e6 ? `${us / 1000} ms` : `${us / 1e6} s`;
}
