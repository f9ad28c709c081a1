// Test vectors of rules that more than one package implements, because file-socket imports no other package. The rules
// are those of pxl-parser (`readHexColor`, `isName`).

/** Colours as `#rgb`, `#rrggbb` or `#rrggbbaa`, and their value as 0xRRGGBBAA. */
export const HEX_COLORS: readonly { readonly text: string; readonly rgba: number }[] = [
  { text: "#000", rgba: 0x00_00_00_ff },
  { text: "#fff", rgba: 0xff_ff_ff_ff },
  { text: "#19f", rgba: 0x11_99_ff_ff },
  { text: "#1aF", rgba: 0x11_aa_ff_ff },
  { text: "#123456", rgba: 0x12_34_56_ff },
  { text: "#ABCDEF80", rgba: 0xab_cd_ef_80 },
  { text: "#00000000", rgba: 0 },
  { text: "#01020304", rgba: 0x01_02_03_04 },
];

export const INVALID_HEX_COLORS: readonly string[] = [
  "",
  "#",
  "#1",
  "#12",
  "#1234",
  "#12345",
  "#1234567",
  "#123456789",
  "123456",
  "#12345g",
  " #fff",
  "#fff ",
  "#fff\n",
  "white",
  "#−12",
  "#0x1",
  "#\uff11\uff12\uff13",
  `#${"f".repeat(1_000_000)}`,
];

/** Names of parameters. */
export const NAMES: readonly string[] = [
  "a",
  "Z",
  "_",
  "__proto__",
  "constructor",
  "load_2",
  "HALT",
  "x".repeat(64),
];

export const INVALID_NAMES: readonly string[] = [
  "",
  "9a",
  "a-b",
  "a b",
  "a:",
  "{a}",
  "é",
  "a\u0301",
  "\u017f",
  "\u212a",
  "a\n",
  " a",
  "x".repeat(65),
];
