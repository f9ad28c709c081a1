/**
 * The replacement glyph, the ellipsis and the degree sign. `../../pack.ts` describes the format.
 */
export const symbols: string = `
U+FFFD …      °
###    ...    .#.
###    ...    #.#
###    ...    .#.
###    ...    ...
###    #.#    ...
`;
