import type { Rule, Rules } from "./rules.ts";

/** Writes rules as a GBNF grammar, in their order; the first one must be `root`. */
export function writeGbnf(rules: Rules): string {
  return Array.from(rules, ([name, rule]) => `${name} ::= ${write(rule, false)}\n`).join("");
}

function write(rule: Rule, isPart: boolean): string {
  if ("literal" in rule) return quote(rule.literal);
  if ("class" in rule) return `[${rule.class}]`;
  if ("name" in rule) return rule.name;
  if ("rule" in rule) {
    const text = write(rule.rule, true);
    // A count has no count.
    return (/[}?*+]$/.test(text) ? `(${text})` : text) + writeCount(rule.min, rule.max);
  }
  if ("choice" in rule) {
    const text = rule.choice.map((one) => write(one, false)).join(" | ");
    return isPart && rule.choice.length > 1 ? `(${text})` : text;
  }
  const parts = joinLiterals(rule.sequence);
  const text = parts.map((part) => write(part, parts.length > 1 || isPart)).join(" ");
  return isPart && parts.length > 1 ? `(${text})` : text;
}

/** Inserts sequences, joins adjacent literals, and drops empty ones. */
function joinLiterals(rules: readonly Rule[]): readonly Rule[] {
  const joined: Rule[] = [];
  for (const rule of rules.flatMap(flatten)) {
    const last = joined.at(-1);
    if ("literal" in rule && last !== undefined && "literal" in last) {
      joined[joined.length - 1] = { literal: last.literal + rule.literal };
    } else if (!("literal" in rule) || rule.literal !== "") {
      joined.push(rule);
    }
  }
  return joined;
}

function flatten(rule: Rule): readonly Rule[] {
  return "sequence" in rule ? rule.sequence.flatMap(flatten) : [rule];
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`)}"`;
}

function writeCount(min: number, max: number): string {
  if (min === 1 && max === 1) return "";
  if (min === 0 && max === 1) return "?";
  if (max === Infinity) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

/** Writes a rule as a regular expression for the whole of a string. The rules that it names are inserted. */
export function writePattern(rule: Rule, rules: Rules): string {
  return `^${pattern(rule, rules, true)}$`;
}

function pattern(rule: Rule, rules: Rules, isPart: boolean): string {
  if ("literal" in rule) return rule.literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  if ("class" in rule) return `[${rule.class}]`;
  if ("name" in rule) return pattern(rules.get(rule.name) as Rule, rules, isPart);
  if ("rule" in rule) return repeated(rule.rule, rules) + writeCount(rule.min, rule.max);
  if ("choice" in rule) {
    const text = rule.choice.map((one) => pattern(one, rules, false)).join("|");
    return isPart && rule.choice.length > 1 ? `(${text})` : text;
  }
  return rule.sequence.map((part) => pattern(part, rules, true)).join("");
}

function repeated(rule: Rule, rules: Rules): string {
  const text = pattern(rule, rules, true);
  return "class" in rule || (text.startsWith("(") && "choice" in rule) ? text : `(${text})`;
}
