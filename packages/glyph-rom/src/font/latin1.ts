/** Latin-1 Supplement, U+00A0–U+00FF. How to edit: see `../pack.ts`. */
export const latin1 = ``;
