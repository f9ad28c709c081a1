/** A rule of the subset: what GBNF writes as a rule, and a JSON Schema as a pattern if it has no line feed. */
export type Rule =
  | { readonly literal: string }
  /** The inside of a character class, as GBNF and regular expressions write it alike. */
  | { readonly class: string }
  | { readonly sequence: readonly Rule[] }
  | { readonly choice: readonly Rule[] }
  | { readonly rule: Rule; readonly min: number; readonly max: number }
  /** A rule with a name of its own. */
  | { readonly name: string };

export type Rules = ReadonlyMap<string, Rule>;

export function literal(text: string): Rule {
  return { literal: text };
}

/** A string is a literal. */
export function sequence(...rules: readonly (Rule | string)[]): Rule {
  return { sequence: rules.map(toRule) };
}

/** A string is a literal. */
export function choice(...rules: readonly (Rule | string)[]): Rule {
  return { choice: rules.map(toRule) };
}

export function repeat(rule: Rule, min: number, max: number): Rule {
  return { rule, min, max };
}

export function optional(...rules: readonly (Rule | string)[]): Rule {
  return repeat(sequence(...rules), 0, 1);
}

export function named(name: string): Rule {
  return { name };
}

export function characters(inside: string): Rule {
  return { class: inside };
}

function toRule(rule: Rule | string): Rule {
  return typeof rule === "string" ? literal(rule) : rule;
}

/** Returns the decimal integers from `min` to `max`, both at least 0. */
export function decimal(min: number, max: number): Rule {
  const choices: Rule[] = [];
  for (let from = min; from <= max;) {
    const size = sizeOfRun(from, max);
    // All integers from `from` on whose digits above the run are these, and whose next digit is one of `digit` … `last`.
    const digit = Math.floor(from / size) % 10;
    const last = Math.min(9, Math.floor((max + 1) / size) - Math.floor(from / size) + digit - 1);
    const head = Math.floor(from / size / 10);
    const digits = String(size).length - 1;
    choices.push(
      sequence(
        head > 0 ? String(head) : "",
        digit === last ? String(digit) : characters(`${digit}-${last}`),
        ...(digits > 0 ? [repeat(characters("0-9"), digits, digits)] : []),
      ),
    );
    from += (last - digit + 1) * size;
  }
  return choices.length === 1 ? (choices[0] as Rule) : { choice: choices };
}

/** Returns the greatest power of ten that divides `from` and fits between it and `max`. */
function sizeOfRun(from: number, max: number): number {
  if (from === 0) return 1;
  let size = 1;
  for (let next = 10; from % next === 0 && from + next - 1 <= max; next *= 10) size = next;
  return size;
}
