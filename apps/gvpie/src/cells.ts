/** Combining marks and format characters take no terminal cell; East Asian characters and emoji take two. */
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const TWO_CELLS =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
// oxlint-disable-next-line no-control-regex -- matches the escape sequences of styleText on purpose
const STYLES = /\u001b\[[0-9;]*m/g;
const ASCII = /^[ -~]*$/;

/** The number of terminal cells that printable text takes. Styles take none. */
export function cellWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(STYLES, "")) {
    if (!NO_CELL.test(character)) width += TWO_CELLS.test(character) ? 2 : 1;
  }
  return width;
}
