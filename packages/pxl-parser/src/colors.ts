/** The basic colour names of CSS, as 0xRRGGBBAA. */
export const COLOR_NAMES: ReadonlyMap<string, number> = new Map([
  ["black", 0x00_00_00_ff],
  ["silver", 0xc0_c0_c0_ff],
  ["gray", 0x80_80_80_ff],
  ["white", 0xff_ff_ff_ff],
  ["maroon", 0x80_00_00_ff],
  ["red", 0xff_00_00_ff],
  ["purple", 0x80_00_80_ff],
  ["fuchsia", 0xff_00_ff_ff],
  ["green", 0x00_80_00_ff],
  ["lime", 0x00_ff_00_ff],
  ["olive", 0x80_80_00_ff],
  ["yellow", 0xff_ff_00_ff],
  ["navy", 0x00_00_80_ff],
  ["blue", 0x00_00_ff_ff],
  ["teal", 0x00_80_80_ff],
  ["aqua", 0x00_ff_ff_ff],
]);

const HEX_COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

/**
 * Reads a colour as 0xRRGGBBAA, unsigned: `#rgb`, `#rrggbb`, `#rrggbbaa` or a basic colour name of CSS, in any mixture of
 * cases. Alpha is 255 if the text has none. Returns `undefined` for anything else.
 */
export function readColor(text: string): number | undefined {
  if (typeof text !== "string" || text.length > 9) return undefined;
  // ASCII only: Unicode has other letters whose lower case is one of a name, such as the Kelvin sign for k.
  return readHexColor(text) ?? (/^[a-z]+$/i.test(text) ? COLOR_NAMES.get(text.toLowerCase()) : undefined);
}

/** Reads a colour as {@link readColor} does, without the names. */
export function readHexColor(text: string): number | undefined {
  if (typeof text !== "string" || text.length > 9 || !HEX_COLOR.test(text)) return undefined;
  const digits = text.slice(1);
  const channels = digits.length === 3 ? Array.from(digits, (digit) => digit + digit).join("") : digits;
  return Number.parseInt(channels.padEnd(8, "f"), 16);
}
