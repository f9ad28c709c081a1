import { TILE_HEIGHT, TILE_WIDTH } from "./layout.ts";

/** A rectangle of the canvas that is drawn and read back in one pass. */
export interface Region {
  /** Pixels from the canvas's left edge. */
  readonly left: number;
  /** Pixels from the canvas's top edge. */
  readonly top: number;
  /** Pixels, at least 1. */
  readonly width: number;
  /** Pixels, at least 1. */
  readonly height: number;
  /** Tiles across. */
  readonly columns: number;
  /** Tiles down. */
  readonly rows: number;
}

/** Pixels of the buffer that a region is drawn into, which holds whole tiles. */
export function bufferPixels({ columns, rows }: Region): number {
  return columns * TILE_WIDTH * rows * TILE_HEIGHT;
}

/**
 * Cuts a canvas into regions whose buffers hold at most `maxPixels`: from top to bottom, and from left to right if one row
 * of tiles across the canvas exceeds `maxPixels`.
 *
 * @param maxPixels at least one tile.
 */
export function bandsOf(width: number, height: number, maxPixels: number): Region[] {
  const tiles = Math.floor(maxPixels / (TILE_WIDTH * TILE_HEIGHT));
  const maxColumns = Math.min(Math.ceil(width / TILE_WIDTH), tiles);
  const maxRows = Math.floor(tiles / maxColumns);
  const bands: Region[] = [];
  for (let top = 0; top < height; top += maxRows * TILE_HEIGHT) {
    const bandHeight = Math.min(maxRows * TILE_HEIGHT, height - top);
    const rows = Math.ceil(bandHeight / TILE_HEIGHT);
    for (let left = 0; left < width; left += maxColumns * TILE_WIDTH) {
      const bandWidth = Math.min(maxColumns * TILE_WIDTH, width - left);
      const columns = Math.ceil(bandWidth / TILE_WIDTH);
      bands.push({ left, top, width: bandWidth, height: bandHeight, columns, rows });
    }
  }
  return bands;
}
