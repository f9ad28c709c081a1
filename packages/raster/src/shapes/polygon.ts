import type { DrawListBuilder } from "../draw-list.ts";
import { divideExactly } from "../exact.ts";
import { RowMerger } from "./merge-rows.ts";

/** An edge from its upper end (x, y) to its lower end (x + dx, y + dy), and its rows inside the clip box. */
interface Edge {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly firstRow: number;
  readonly lastRow: number;
}

/** The events of a row: 4 · (column − left) + kind, so that they sort by their columns. */
const CROSSING = 0;
const LINE_STARTS = 1;
const LINE_ENDS = 2;

/** Most numbers for which an insertion sort is faster than that of the engine. */
const FEW = 24;

/**
 * Draws the lines between consecutive points, and from the last to the first, and every pixel inside: one with an odd
 * number of edges to the left of its centre. For this count, an edge between rows y0 < y1 is in the rows y0 ≤ y < y1.
 *
 * @param points x and y of each point, at least one.
 */
export function drawPolygon(
  list: DrawListBuilder,
  points: ArrayLike<number>,
  originX: number,
  originY: number,
  color: number,
): void {
  const edges = visibleEdges(list, points, originX, originY);
  const { left, right } = list;
  const events = new Int32Array(3 * edges.length);
  const merger = new RowMerger((left, top, right, bottom, color) =>
    list.rect(left, top, right - left, bottom - top, color),
  );
  const active: Edge[] = [];
  let next = 0;
  for (let row = edges[0]?.firstRow ?? 0; ; row++) {
    for (; next < edges.length && edges[next]?.firstRow === row; next++) active.push(edges[next] as Edge);
    let kept = 0;
    let count = 0;
    for (const edge of active) {
      if (edge.lastRow < row) continue;
      active[kept++] = edge;
      count = addEvents(events, count, edge, row, left, right);
    }
    active.length = kept;
    if (kept > 0) {
      addRuns(merger, events, count, left, right, color);
      merger.endRow(row, row + 1);
    } else if (next < edges.length) {
      // The shape has no pixel in the rows between.
      row = (edges[next] as Edge).firstRow - 1;
    } else {
      break;
    }
  }
  merger.finish();
}

/** Returns the edges that pixels inside the clip box depend on, in the order of their first rows, and counts their rows. */
function visibleEdges(
  list: DrawListBuilder,
  points: ArrayLike<number>,
  originX: number,
  originY: number,
): Edge[] {
  const { left, top, right, bottom } = list;
  const edges: Edge[] = [];
  let rightmost = Number.NEGATIVE_INFINITY;
  let x0 = (points[points.length - 2] as number) + originX;
  let y0 = (points[points.length - 1] as number) + originY;
  for (let i = 0; i < points.length; i += 2) {
    const x1 = (points[i] as number) + originX;
    const y1 = (points[i + 1] as number) + originY;
    const firstRow = Math.max(Math.min(y0, y1), top);
    const lastRow = Math.min(Math.max(y0, y1), bottom - 1);
    // No pixel has the edges beyond the right side to its left.
    if (firstRow <= lastRow && Math.min(x0, x1) < right) {
      const isDown = y0 <= y1;
      const [x, y] = isDown ? [x0, y0] : [x1, y1];
      edges.push({ x, y, dx: isDown ? x1 - x0 : x0 - x1, dy: Math.abs(y1 - y0), firstRow, lastRow });
    }
    if (x1 > rightmost) rightmost = x1;
    x0 = x1;
    y0 = y1;
  }
  if (rightmost < left) return [];
  const rows = edges.reduce((sum, { firstRow, lastRow }) => sum + lastRow - firstRow + 1, 0);
  list.countRows(rows);
  return edges.sort((a, b) => a.firstRow - b.firstRow);
}

/** Adds the events of an edge in one of its rows: the column right of its crossing, and its run of LINE. */
function addEvents(
  events: Int32Array,
  at: number,
  { x, y, dx, dy }: Edge,
  row: number,
  left: number,
  right: number,
): number {
  let count = at;
  let from: number;
  let to: number;
  if (dy === 0) {
    from = Math.min(x, x + dx);
    to = Math.max(x, x + dx);
  } else {
    const { quotient, remainder } = divideExactly(row - y, dx, 0, dy);
    if (row < y + dy) events[count++] = event(x + quotient + 1, CROSSING, left, right);
    if (Math.abs(dx) < dy) {
      from = to = x + quotient + (2 * remainder >= dy ? 1 : 0);
    } else {
      // The columns whose nearest row this is: position i along the edge is in row ⌊i · dy / length + ½⌋.
      const length = Math.abs(dx);
      const half = 2 * (row - y);
      const start = Math.max(divideExactly(half - 1, length, 2 * dy - 1, 2 * dy).quotient, 0);
      const end = Math.min(divideExactly(half + 1, length, 2 * dy - 1, 2 * dy).quotient - 1, length);
      from = dx > 0 ? x + start : x - end;
      to = dx > 0 ? x + end : x - start;
    }
  }
  if (from < right && to >= left) {
    events[count++] = event(from, LINE_STARTS, left, right);
    events[count++] = event(to + 1, LINE_ENDS, left, right);
  }
  return count;
}

function event(column: number, kind: number, left: number, right: number): number {
  return 4 * (Math.min(Math.max(column, left), right) - left) + kind;
}

/** Sorts the first `count` events of a row of `width` columns by their columns. */
function sort(events: Int32Array, count: number, width: number): void {
  if (count > FEW) {
    if (count < width) events.subarray(0, count).sort();
    else countingSort(events, count, width);
    return;
  }
  for (let i = 1; i < count; i++) {
    const value = events[i] as number;
    let at = i;
    for (; at > 0 && (events[at - 1] as number) > value; at--) events[at] = events[at - 1] as number;
    events[at] = value;
  }
}

/** Sorts events by how often each occurs, in a time that depends on their number and the width only. */
function countingSort(events: Int32Array, count: number, width: number): void {
  const times = new Uint16Array(4 * width + 4);
  for (let i = 0; i < count; i++) times[events[i] as number] = (times[events[i] as number] as number) + 1;
  let at = 0;
  for (let event = 0; at < count; event++) {
    const end = at + (times[event] as number);
    if (end > at) events.fill(event, at, end);
    at = end;
  }
}

/** Adds the runs of a row from its events: the columns inside, and those of lines. */
function addRuns(
  merger: RowMerger,
  events: Int32Array,
  count: number,
  left: number,
  right: number,
  color: number,
): void {
  sort(events, count, right - left);
  let isInside = false;
  let lines = 0;
  let start = -1;
  for (let i = 0; i < count;) {
    const column = (events[i] as number) >> 2;
    for (; i < count && (events[i] as number) >> 2 === column; i++) {
      const kind = (events[i] as number) & 3;
      if (kind === CROSSING) isInside = !isInside;
      else lines += kind === LINE_STARTS ? 1 : -1;
    }
    const isCovered = isInside || lines > 0;
    if (isCovered && start === -1) {
      start = column;
    } else if (!isCovered && start !== -1) {
      merger.add(left + start, left + column, color);
      start = -1;
    }
  }
  if (start !== -1 && left + start < right) merger.add(left + start, right, color);
}
