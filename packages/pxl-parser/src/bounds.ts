/** Bounds on what a program declares. The parser holds source text to them, and a rasteriser a program that is an object. */
export const PROGRAM_BOUNDS: Readonly<Record<"cells" | "points" | "arguments" | "locals", number>> =
  Object.freeze({
    /** Cells of all lists and arrays together. */
    cells: 65_536,
    /** Points of a polygon. */
    points: 4096,
    /** Arguments of a procedure. */
    arguments: 16,
    /** Local variables of a procedure, its arguments and two for each FOR included. */
    locals: 256,
  });
