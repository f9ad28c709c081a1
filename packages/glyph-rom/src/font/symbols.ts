/** The replacement glyph, typographic punctuation, the euro sign and the arrows. How to edit: see `../pack.ts`. */
export const symbols = `
U+FFFD
#####
#...#
###.#
##.##
#####
##.##
#####
`;
