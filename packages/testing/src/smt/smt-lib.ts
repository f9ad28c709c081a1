import { inOrder, type Sort, type Term } from "./term.ts";

const SORTS: Readonly<Record<Sort, string>> = {
  Int: "Int",
  Real: "Real",
  Bool: "Bool",
  Array: "(Array Int Int)",
};

/**
 * Writes a script in SMT-LIB that asserts some terms and denies others. It declares each symbol and defines each part of a
 * term once.
 */
export function toSmtLib(asserted: readonly Term[], denied: readonly Term[] = []): string {
  const lines: string[] = [];
  const names = new Map<Term, string>();
  const declared = new Set<string>();
  for (const term of inOrder([...asserted, ...denied])) {
    if (term.kind === "constant") {
      names.set(term, literal(term.value));
    } else if (term.kind === "symbol") {
      names.set(term, term.name);
      if (declared.has(term.name)) continue;
      declared.add(term.name);
      lines.push(`(declare-const ${term.name} ${SORTS[term.sort]})`);
    } else {
      const name = `t${names.size}`;
      const operands = term.operands.map((operand) => names.get(operand));
      lines.push(`(define-fun ${name} () ${SORTS[term.sort]} (${term.operator} ${operands.join(" ")}))`);
      names.set(term, name);
    }
  }
  lines.push(...asserted.map((term) => `(assert ${names.get(term)})`));
  lines.push(...denied.map((term) => `(assert (not ${names.get(term)}))`));
  return lines.join("\n");
}

function literal(value: number | boolean): string {
  return typeof value === "number" && value < 0 ? `(- ${-value})` : String(value);
}
