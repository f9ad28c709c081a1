import { OPCODES, usageOf } from "../opcodes.ts";
import { OPERATORS } from "../operator-table.ts";
import { RELATIONS } from "../relations.ts";

const EXAMPLE = `CANVAS 96 48 #102
FRAMES 12 100
PARAM title CPU load
INT load 0 100 40
LIST bars 3 9 6 12
DEF bar x h
  RECT x 40-h 8 h 2
END
COLOR orange
FOR i 0 len(bars)-1
  CALL bar 6+i*12 bars[i]*2
NEXT
SET angle frame * 360 / frames
LINE 76 24 76+sin(angle,16) 24-cos(angle,16)
IF load > 90
  COLOR red
ELSE
  COLOR 0 200 load*2
END
ALIGN right
PRINT width-2 40 {title} {load:3}%
`;

/**
 * Returns a short description of the language for a language model that writes programs: every opcode with its operands, the
 * rules of the notation, and one program.
 */
export function languageCard(): string {
  const signs = OPERATORS.filter(({ kind, arity }) => kind === "sign" && arity === 2).map(({ name }) => name);
  const functions = OPERATORS.filter(({ kind }) => kind === "function" || kind === "index").map(
    ({ signature }) => signature.replace(", ", ","),
  );
  const names = OPERATORS.filter(({ kind }) => kind === "name").map(({ name }) => name);
  return `PXL-ε 2 draws on a small canvas, 128×64, black. One instruction a line; no line ends with a comment.

${OPCODES.map(usageOf).join("\n")}
name:  (a label)
# comment

- Numbers are integers; 0 0 is top left; w, h are sizes. A number is a word: 12, x, x+1, min(x,9). Blanks only in ( ) [ ] { }: {x + 1}. SET, ADD … MOD and IF take blanks: SET a b * 2.
- ${signs.join(" ")} ${functions.join(" ")} ${names.join(" ")}. Degrees go clockwise from up.
- SET, FOR, PARAM, INT, LIST, ARRAY declare names. SET a[i] v sets a cell. Arguments and names first SET in DEF are local.
- relation: ${Object.keys(RELATIONS).join(" ")}, or for texts IF name IS word. One comparison, no AND. IF … ELSE … END; FOR … NEXT; DEF … END, CALL f 1 2. No ELSE IF, WHILE or =.
- Text is the rest of the line, without quotes. TXT inserts {name}. PRINT and WRAP insert {expression}, {e:02}, {e:.1} (fixed point), {e:,}; {{ is a brace.
- COLOR #rgb, #rrggbb, a CSS name or r g b. ALIGN left, center, right. FONT 3x5, 5x7 (6 pixels a character), 8x13, 5x7-intl, 8x13-intl. direction: right, down, left, up. COLOR, SCALE, ALIGN, FONT, ORIGIN and CLIP hold for later lines.
- SPRITE: hex rows. IMAGE x y 3 2 a=red b=#0f0, then 2 lines like | a.b
- PARAM, INT, LIST, ARRAY, CANVAS, FRAMES and DEF stand outside blocks.

${EXAMPLE}`;
}
