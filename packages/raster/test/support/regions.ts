import type { Font } from "@gvpie/glyph-rom";

/** A set of pixels, defined as in the specification of the language. */
export interface Region {
  /** False if no pixel of a row is in the set. */
  hasRow(y: number): boolean;
  has(x: number, y: number): boolean;
}

export function boxRegion(x: number, y: number, w: number, h: number): Region {
  return {
    hasRow: (py) => py >= y && py < y + h,
    has: (px, py) => px >= x && px < x + w && py >= y && py < y + h,
  };
}

export function outlineRegion(x: number, y: number, w: number, h: number): Region {
  const all = boxRegion(x, y, w, h);
  const inside = boxRegion(x + 1, y + 1, w - 2, h - 2);
  return { hasRow: all.hasRow, has: (px, py) => all.has(px, py) && !inside.has(px, py) };
}

/** Products of numbers below this are exact as doubles. */
const SMALL = 2 ** 24;

export function lineRegion(x0: number, y0: number, x1: number, y1: number): Region {
  const isFlat = Math.abs(x1 - x0) >= Math.abs(y1 - y0);
  const along = isFlat ? [x0, x1] : [y0, y1];
  const [from = 0, to = 0] = along;
  // Position and rise across the longer axis, for a step of +1 or −1 along it.
  const start = isFlat ? y0 : x0;
  const rise = isFlat ? y1 - y0 : x1 - x0;
  const length = to - from;
  const sign = length < 0 ? -1 : 1;
  const [least, most] = [Math.min(y0, y1), Math.max(y0, y1)];
  return {
    hasRow: (py) => py >= least && py <= most,
    has: (px, py) => {
      const [major, minor] = isFlat ? [px, py] : [py, px];
      if (major < Math.min(from, to) || major > Math.max(from, to)) return false;
      if (length === 0) return minor === start;
      // minor ≤ start + (major − from)·rise/length + ½ < minor + 1, times 2·|length|.
      const parts = [minor - start, Math.abs(length), (major - from) * sign, rise] as const;
      if (parts.every((part) => Math.abs(part) < SMALL)) {
        const [offset, size, position, height] = parts;
        const doubled = 2 * position * height + size;
        return 2 * offset * size <= doubled && doubled < 2 * (offset + 1) * size;
      }
      const [offset, size, position, height] = [
        BigInt(parts[0]),
        BigInt(parts[1]),
        BigInt(parts[2]),
        BigInt(parts[3]),
      ];
      const doubled = 2n * position * height + size;
      return 2n * offset * size <= doubled && doubled < 2n * (offset + 1n) * size;
    },
  };
}

export function circleRegion(cx: number, cy: number, r: number, isOutline: boolean): Region {
  return {
    hasRow: (py) => Math.abs(py - cy) <= r,
    has: (px, py) => {
      const [a, b] = [Math.abs(px - cx), Math.abs(py - cy)];
      const m = Math.max(a, b);
      if (r === 0) return m === 0;
      if (m > r) return false;
      if (r < SMALL) {
        const s = a * a + b * b;
        return s - m < r * r && (!isOutline || r * r <= s + m);
      }
      const s = BigInt(a) * BigInt(a) + BigInt(b) * BigInt(b);
      const square = BigInt(r) * BigInt(r);
      return s - BigInt(m) < square && (!isOutline || square <= s + BigInt(m));
    },
  };
}

export function spriteRegion(
  x: number,
  y: number,
  w: number,
  rows: readonly string[],
  scale: number,
): Region {
  const bits = rows.map((row) =>
    Array.from(row, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"))
      .join("")
      .slice(0, w),
  );
  return {
    hasRow: (py) => py >= y && py < y + rows.length * scale,
    has: (px, py) => bits[Math.floor((py - y) / scale)]?.[Math.floor((px - x) / scale)] === "1",
  };
}

export function textRegion(
  x: number,
  y: number,
  text: string,
  scale: number,
  align: string,
  font: Font,
): Region {
  const glyphs = Array.from(text, (character) => font.glyphFor(character.codePointAt(0) ?? 0));
  const width = scale * (font.advance * (glyphs.length - 1) + font.width);
  const left = x - (align === "right" ? width : align === "center" ? Math.floor(width / 2) : 0);
  return {
    hasRow: (py) => py >= y && py < y + font.height * scale,
    has: (px, py) => {
      const fontX = Math.floor((px - left) / scale);
      const column = fontX % font.advance;
      const row = glyphs[Math.floor(fontX / font.advance)]?.rows[Math.floor((py - y) / scale)];
      return row !== undefined && column < font.width && ((row >> (font.width - 1 - column)) & 1) === 1;
    },
  };
}

/** A rectangle, or its outline, with the quarters of a disc or circle as its corners. */
export function roundedRegion(
  x: number,
  y: number,
  w: number,
  h: number,
  radius: number,
  isOutline: boolean,
): Region {
  const r = Math.max(Math.min(radius, Math.floor((w - 1) / 2), Math.floor((h - 1) / 2)), 0);
  const sides = isOutline ? outlineRegion(x, y, w, h) : boxRegion(x, y, w, h);
  return {
    hasRow: sides.hasRow,
    has: (px, py) => {
      const cx = px < x + r ? x + r : px > x + w - 1 - r ? x + w - 1 - r : undefined;
      const cy = py < y + r ? y + r : py > y + h - 1 - r ? y + h - 1 - r : undefined;
      if (cx === undefined || cy === undefined) return sides.has(px, py);
      return circleRegion(cx, cy, r, isOutline).has(px, py);
    },
  };
}

/** The lines between consecutive points, and the pixels with an odd number of edges to the left. */
export function polygonRegion(points: readonly number[]): Region {
  const edges: (readonly [number, number, number, number])[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length;
    edges.push([points[i] ?? 0, points[i + 1] ?? 0, points[next] ?? 0, points[next + 1] ?? 0]);
  }
  const lines = edges.map((edge) => lineRegion(...edge));
  return {
    hasRow: (py) => lines.some((line) => line.hasRow(py)),
    has: (px, py) => {
      if (lines.some((line) => line.has(px, py))) return true;
      const left = edges.filter(([x0, y0, x1, y1]) => {
        if (py < Math.min(y0, y1) || py >= Math.max(y0, y1)) return false;
        // x0 + (py − y0) · (x1 − x0) / (y1 − y0) < px, times (y1 − y0).
        const difference = BigInt(py - y0) * BigInt(x1 - x0) - BigInt(px - x0) * BigInt(y1 - y0);
        return y1 > y0 ? difference < 0n : difference > 0n;
      });
      return left.length % 2 === 1;
    },
  };
}

/** The vectors of 0° to 360°, clockwise from up, in units of 1/65536. */
const VECTORS = Array.from({ length: 361 }, (_, degrees) => {
  const radians = (degrees * Math.PI) / 180;
  return { x: Math.round(Math.sin(radians) * 65_536), y: -Math.round(Math.cos(radians) * 65_536) };
});

/** A disc without a smaller one, in the directions from one angle until another. */
export function arcRegion(
  cx: number,
  cy: number,
  r: number,
  thickness: number,
  from: number,
  to: number,
): Region {
  const disc = circleRegion(cx, cy, r, false);
  const hole = thickness > r ? undefined : circleRegion(cx, cy, r - thickness, false);
  return {
    hasRow: disc.hasRow,
    has: (px, py) => {
      if (thickness === 0 || !disc.has(px, py) || hole?.has(px, py) === true) return false;
      if (to - from >= 360) return true;
      const [dx, dy] = [px - cx, py - cy];
      if (dx === 0 && dy === 0) return false;
      // The pixel is between the vectors of two consecutive degrees.
      const isClockwise = ({ x, y }: { x: number; y: number }): boolean => x * dy - y * dx >= 0;
      const degrees = VECTORS.slice(1).findIndex(
        (vector, d) => isClockwise(VECTORS[d] ?? vector) && !isClockwise(vector),
      );
      return (((degrees - from) % 360) + 360) % 360 < to - from;
    },
  };
}
