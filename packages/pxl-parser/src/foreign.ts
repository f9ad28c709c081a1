import { OPCODES } from "./opcodes.ts";

/** The correction of a habit of another language, in a line without blanks around it. */
export interface Correction {
  /** The clause at the end of the message. */
  readonly hint: string;
  /** The code units that are wrong, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Their replacement; `undefined` if it is not certain. */
  readonly text: string | undefined;
}

/** A habit: its form, the hint, and the replacement of the whole match if there is only one. */
type Habit = readonly [
  form: RegExp,
  hint: string,
  replacement?: string | ((match: RegExpExecArray) => string | undefined),
];

/** Longer lines get no correction. */
const MAX_LINE = 200;

const OPCODE_NAMES = OPCODES.map(({ name }) => name).join("|");

/** Compiles a form, in any case: NAME is a group with a name, VARIABLE one that is not an opcode, a space at least one blank, and `~` any number of blanks. */
function form({ raw: [pattern = ""] }: TemplateStringsArray): RegExp {
  const written = pattern
    .replaceAll("VARIABLE", `(?!(?:${OPCODE_NAMES})\\b)NAME`)
    .replaceAll("NAME", String.raw`([A-Za-z_]\w*)`)
    .replaceAll(" ", String.raw`[ \t]+`)
    .replaceAll("~", String.raw`[ \t]*`);
  return new RegExp(written, "i");
}

const ASSIGNMENT = "SET name value sets a variable";
const CONDITION = "IF has one comparison: IF left relation right label, or a block that ends with END";
const LOOP = "a loop is FOR name from to … NEXT, or a label and IF left relation right label";
const PROCEDURE = "a procedure is DEF name arguments … END, and CALL name values runs it";
const BLANKS = "operands are separated by blanks";

/** Created for the first error, because compiling the forms takes time, and most programs have none. */
let habits: readonly Habit[] | undefined;

/** Returns the habits in this order; the first that matches applies. */
const createHabits = (): readonly Habit[] => [
  [form`^(?:\/\/+|--|;+|rem\b)~`, "a comment begins with #", "# "],
  [form`^go~to\b`, "JMP jumps to a label", "JMP"],
  [form`^gosub\b`, "CALL runs a subroutine", "CALL"],
  [form`^return$`, "RET returns", "RET"],
  [form`^return\b`, "RET returns, without a value"],
  [form`^(?:end~if|fi)$`, "END ends the block of an IF", "END"],
  [form`^end~(?:sub|proc|procedure|func|function|def)$`, "END ends a DEF", "END"],
  [form`^(?:end~(?:for|while|loop)|wend)$`, "NEXT ends a FOR", "NEXT"],
  [form`^\}$`, "END ends an IF or a DEF, and NEXT ends a FOR"],
  [form`(?<=^next) .*`, "NEXT has no operand", ""],
  [form`^(?:else~if|elsif|elif)\b`, "ELSE stands alone: begin the next line with IF, and give it an END"],
  [
    form`^for NAME~(?:=|:=)?~(\S+) to (\S+?)(?: step (\S+?))?(?: do|~[:{])?$`,
    "FOR name from to [step] begins a loop",
    ([, name, from, to, step]) => ["FOR", name, from, to, step].filter(Boolean).join(" "),
  ],
  [form`^for\b.*(?: in\b|[=;(])`, "FOR name from to [step] begins a loop"],
  [form`^(?:while|until|repeat|loop|do|foreach)\b`, LOOP],
  [form`(?<=^if\b.*\S) then(?: (?:go~to|jmp))?(?=(?: NAME)?$)`, CONDITION, ""],
  [form`(?<=^if\b.*\S) then\b`, CONDITION],
  [form`^if~\(([^()]*[<>=][^()]*)\)(?=\s|$)`, CONDITION, "IF $1"],
  [form`(?<=^if\b.*)(?:&&|\|\|| and | or )`, CONDITION],
  [form`(?<=^(?:if|for|def|else)\b.*\S)~[:{]$`, "a block begins without : or {", ""],
  [form`^(?:let|var|const|dim|local) NAME~:?=~(?=\S)`, ASSIGNMENT, "SET $1 "],
  [form`^(?:let|var|const|dim|local)\b`, ASSIGNMENT],
  [form`(?<=^set \S+?)~:?=~(?=[^=\s])`, ASSIGNMENT, " "],
  [form`^VARIABLE(\[[^\]]*\])?~:?=~(?=[^=\s])`, ASSIGNMENT, "SET $1$2 "],
  [form`^VARIABLE~\+=~(?=\S)`, "ADD name value adds to a variable", "ADD $1 "],
  [form`^VARIABLE~-=~(?=\S)`, "SUB name value subtracts from a variable", "SUB $1 "],
  [form`^VARIABLE~\*=~(?=\S)`, "MUL name value multiplies a variable", "MUL $1 "],
  [form`^VARIABLE~\/=~(?=\S)`, "DIV name value divides a variable", "DIV $1 "],
  [form`^VARIABLE~%=~(?=\S)`, "MOD name value takes the remainder of a variable", "MOD $1 "],
  [form`^VARIABLE~\+\+;?$`, "ADD name value adds to a variable", "ADD $1 1"],
  [form`^VARIABLE~--;?$`, "SUB name value subtracts from a variable", "SUB $1 1"],
  [
    form`^(?:proc|procedure|func|function|fn|void|def) NAME~\(([^()]*)\)~[:{]?$`,
    PROCEDURE,
    ([, name = "", list = ""]) => spaced(`DEF ${name}`, list),
  ],
  [form`^(?:proc|procedure|func|function|fn)(?= NAME\b)`, PROCEDURE, "DEF"],
  [form`^sub NAME(?:\(.*\))?$`, PROCEDURE],
  [form`^call NAME~\(([^()]*)\)$`, PROCEDURE, ([, name = "", list = ""]) => spaced(`CALL ${name}`, list)],
  [form`^label NAME$`, "a label is a name and a colon", "$1:"],
  [form`^[:@]NAME$`, "a label is a name and a colon", "$1:"],
  [form`^print~\(?~["']`, "PRINT begins with a position, and quotes are drawn"],
  [form`(?<=\S .*\S)~;$`, "a line has no ; at its end", ""],
  [form`^NAME~\((.*)\)~;?$`, BLANKS, ([, word = "", list = ""]) => spacedOpcode(word, list)],
  [form`^NAME (.*,.*)$`, BLANKS, ([, word = "", list = ""]) => spacedOpcode(word, list)],
  [form`^(txt|print) ([^\s,]+)~,~([^\s,]+)(?:~,~| )(?=\S)`, BLANKS, "$1 $2 $3 "],
];

/** Every line that a habit matches has one of these marks. One test is faster than all the forms. */
const MARKS =
  /[=,;(){}&|:@"']|\+\+|--|\/\/|[ \t](?:then|and|or|to)\b|^(?:rem|go|gosub|return|fi|end|wend|next|else|elsif|elif|for|while|until|repeat|loop|do|foreach|let|var|const|dim|local|proc|func|fn|sub|label)/i;

const KINDS_OF_TEXT: ReadonlySet<string> = new Set([
  "text",
  "template",
  "default",
  "rows",
  "palette",
  "picture",
]);

/** Opcodes with words only, and with at least two. */
const OPCODES_OF_WORDS: ReadonlySet<string> = new Set(
  OPCODES.filter(
    ({ operands }) => operands.length > 1 && operands.every(({ kind }) => !KINDS_OF_TEXT.has(kind)),
  ).map(({ name }) => name),
);

/** Finds the habit of another language that explains an error at the code units from `from` to `to` of a line. */
export function correctLine(line: string, from: number, to: number): Correction | undefined {
  if (line.length > MAX_LINE || !MARKS.test(line)) return undefined;
  for (const [pattern, hint, replacement] of (habits ??= createHabits())) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const start = match.index;
    const end = start + match[0].length;
    // An error without code units is at the end of the line.
    if (from === to ? end !== to : from >= end || to <= start) continue;
    const text = typeof replacement === "function" ? replacement(match) : fill(replacement, match);
    // The operands of other lines may contain commas and parentheses.
    if (hint === BLANKS && text === undefined) continue;
    return { hint, start, end, text };
  }
  return undefined;
}

/** Replaces `$1` and so on by the groups of a match. */
function fill(replacement: string | undefined, match: RegExpExecArray): string | undefined {
  return replacement?.replace(/\$([1-9])/g, (_, group: string) => match[Number(group)] ?? "");
}

/** Returns a list with commas as words; `undefined` if an item is empty or has an operator between blanks. */
function spaced(head: string, list: string): string | undefined {
  const items = splitAtCommas(list);
  if (items.length === 1 && items[0] === "") return head;
  // Blanks around an operator would make several words of one operand.
  const isWords = items.every((item) => item !== "" && !/[ \t][-+*/%][ \t]/.test(item));
  return isWords ? [head, ...items].join(" ") : undefined;
}

function spacedOpcode(word: string, list: string): string | undefined {
  const name = word.toUpperCase();
  return OPCODES_OF_WORDS.has(name) ? spaced(name, list.replace(/[;,][ \t]*$/, "")) : undefined;
}

/** Splits at the commas outside parentheses, and drops the blanks around the items. */
function splitAtCommas(list: string): readonly string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index <= list.length; index++) {
    const character = list[index];
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (index < list.length && (character !== "," || depth > 0)) continue;
    items.push(list.slice(start, index).trim());
    start = index + 1;
  }
  return items;
}

/** Returns the rest of a line as a comment; `undefined` if it does not begin one in this or another language. */
export function trailingComment(rest: string): string | undefined {
  if (rest.startsWith("#")) return rest;
  return /^\/\/+/.test(rest) ? rest.replace(/^\/+/, "#").replace(/^#(?! |$)/, "# ") : undefined;
}

/** Alignments as other languages write them. */
const OTHER_ALIGNMENTS: ReadonlyMap<string, string> = new Map([
  ["middle", "center"],
  ["mid", "center"],
  ["centre", "center"],
  ["centered", "center"],
  ["centred", "center"],
  ["start", "left"],
  ["end", "right"],
]);

export function correctAlignment(word: string): string | undefined {
  return OTHER_ALIGNMENTS.get(word.toLowerCase());
}

/** Returns a colour in the form of another language, such as `ff8800`, `0xff8800` or `rgb(255,136,0)`, as `#ff8800`. */
export function correctColor(word: string): string | undefined {
  const [, digits] = /^(?:0x|#)?([0-9a-f]{6}(?:[0-9a-f]{2})?)$/i.exec(word) ?? [];
  if (digits !== undefined) return `#${digits.toLowerCase()}`;
  const [, list] = /^rgb\(([0-9, \t]{5,30})\)$/i.exec(word) ?? [];
  const channels = list?.split(",").map((channel) => channel.trim()) ?? [];
  const isColor =
    channels.length === 3 &&
    channels.every((channel) => /^[0-9]{1,3}$/.test(channel) && Number(channel) <= 255);
  if (!isColor) return undefined;
  return `#${channels.map((channel) => Number(channel).toString(16).padStart(2, "0")).join("")}`;
}
