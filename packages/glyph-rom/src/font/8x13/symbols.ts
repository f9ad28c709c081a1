/** The replacement glyph. `../../pack.ts` describes the format. */
export const symbols: string = `
U+FFFD
########
#......#
#..##..#
#.#..#.#
#....#.#
#...#..#
#..#...#
#..#...#
#......#
#..#...#
#......#
########
........
`;
