import { time } from "../print.ts";
import type { Growth, GrowthPoint } from "../results.ts";
import { COLORS, decades, FAINT, INK, line, picture, round, text } from "./svg.ts";

const WIDTH = 860;
const HEIGHT = 330;
const PANEL = { top: 70, bottom: 280, width: 330 } as const;

/** Two panels side by side, both axes logarithmic: time on the left, memory on the right. */
export function curves(growth: Growth): string {
  const parts = [
    text(16, 26, `Growth with ${growth.of}: ${growth.title}`, { size: 15, bold: true }),
    ...panel(70, growth.timeOf, growth.points, ({ us }) => us, time),
    ...panel(
      500,
      growth.memoryOf,
      growth.points,
      ({ megabytes }) => Math.max(megabytes, 0.1),
      (megabytes) => `${Number(megabytes.toPrecision(2))} MB`,
    ),
    text(70 + PANEL.width / 2, HEIGHT - 12, growth.of, { size: 11, anchor: "middle" }),
    text(500 + PANEL.width / 2, HEIGHT - 12, growth.of, { size: 11, anchor: "middle" }),
  ];
  return picture(WIDTH, HEIGHT, `Growth with ${growth.of}`, parts);
}

function panel(
  left: number,
  title: string,
  points: readonly GrowthPoint[],
  valueOf: (point: GrowthPoint) => number,
  format: (value: number) => string,
): string[] {
  const xs = decades(Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x)));
  const values = points.map(valueOf);
  const ys = decades(Math.min(...values), Math.max(...values));
  const scaleX = (x: number) => left + ((Math.log10(x) - xs.from) / (xs.to - xs.from)) * PANEL.width;
  const scaleY = (y: number) =>
    PANEL.bottom - ((Math.log10(y) - ys.from) / (ys.to - ys.from)) * (PANEL.bottom - PANEL.top);
  const parts = [text(left, 56, title, { size: 12, bold: true })];
  for (const tick of ys.ticks) {
    parts.push(line(left, scaleY(tick), left + PANEL.width, scaleY(tick), FAINT));
    parts.push(text(left - 6, scaleY(tick) + 4, format(tick), { size: 10, anchor: "end" }));
  }
  for (const tick of xs.ticks) {
    parts.push(line(scaleX(tick), PANEL.top, scaleX(tick), PANEL.bottom, FAINT));
    parts.push(text(scaleX(tick), PANEL.bottom + 16, shortNumber(tick), { size: 10, anchor: "middle" }));
  }
  const path = points.map((point) => `${round(scaleX(point.x))},${round(scaleY(valueOf(point)))}`).join(" ");
  parts.push(`<polyline points="${path}" fill="none" stroke="${COLORS.ours}" stroke-width="2"/>`);
  for (const point of points) {
    const [x, y] = [round(scaleX(point.x)), round(scaleY(valueOf(point)))];
    parts.push(
      `<circle cx="${x}" cy="${y}" r="3.5" fill="${COLORS.ours}" stroke="${INK}" stroke-width="0.5"/>`,
    );
  }
  return parts;
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  return value >= 1000 ? `${value / 1000} k` : `${value}`;
}
