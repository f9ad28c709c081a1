/** Text from outside cannot move the cursor, change colours, or reorder what is read. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is after
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/** One line of text, with control and direction characters made visible. */
export function printable(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** Several lines of text: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? character : visible(character),
  );
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\\u{${code.toString(16)}}`;
}
