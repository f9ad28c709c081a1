/** Type of a term's value. Arithmetic other than sums, differences and comparisons is of integers. An array holds an integer at every index. */
export type Sort = "Int" | "Real" | "Bool" | "Array";

/** Functions in terms, by their names in SMT-LIB. */
export type Operator =
  | "+"
  | "-"
  | "*"
  | "div"
  | "mod"
  | "<"
  | "<="
  | "="
  | "and"
  | "or"
  | "not"
  | "ite"
  | "select"
  | "store";

/**
 * An expression as data: the same one is evaluated on numbers (evaluate.ts) and given to a solver (smt-lib.ts).
 * Equal terms are one object, so that an expression is a graph in which nothing occurs twice.
 */
export type Term = { readonly id: number; readonly sort: Sort } & (
  | { readonly kind: "constant"; readonly value: number | boolean }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "application"; readonly operator: Operator; readonly operands: readonly Term[] }
);

const terms = new Map<string, Term>();

/** Returns the term of a key; creates it if it is new. */
function intern(key: string, make: (id: number) => Term): Term {
  const term = terms.get(key) ?? make(terms.size);
  terms.set(key, term);
  return term;
}

export function int(value: number): Term {
  return intern(String(value), (id) => ({ id, sort: "Int", kind: "constant", value }));
}

export function bool(value: boolean): Term {
  return intern(String(value), (id) => ({ id, sort: "Bool", kind: "constant", value }));
}

export function symbol(name: string, sort: Sort): Term {
  return intern(`${sort} ${name}`, (id) => ({ id, sort, kind: "symbol", name }));
}

function apply(sort: Sort, operator: Operator, ...operands: Term[]): Term {
  const key = `(${operator} ${operands.map(({ id }) => id).join(" ")})`;
  return intern(key, (id) => ({ id, sort, kind: "application", operator, operands }));
}

export const add = (a: Term, b: Term): Term => apply(numberSort(a, b), "+", a, b);
export const subtract = (a: Term, b: Term): Term => apply(numberSort(a, b), "-", a, b);
export const multiply = (a: Term, b: Term): Term => apply("Int", "*", a, b);
/** The quotient of SMT-LIB, whose remainder is 0 or more. Any value if `b` is 0. */
export const divide = (a: Term, b: Term): Term => apply("Int", "div", a, b);
/** The remainder of {@link divide}, 0 or more. */
export const remainder = (a: Term, b: Term): Term => apply("Int", "mod", a, b);
export const less = (a: Term, b: Term): Term => apply("Bool", "<", a, b);
export const atMost = (a: Term, b: Term): Term => apply("Bool", "<=", a, b);
export const equal = (a: Term, b: Term): Term => apply("Bool", "=", a, b);
export const and = (...terms: Term[]): Term => join("and", true, terms);
export const or = (...terms: Term[]): Term => join("or", false, terms);
export const implies = (a: Term, b: Term): Term => or(not(a), b);

function numberSort(a: Term, b: Term): Sort {
  return a.sort === "Real" || b.sort === "Real" ? "Real" : "Int";
}

export function not(term: Term): Term {
  return isConstant(term) ? bool(!term.value) : apply("Bool", "not", term);
}

/** `yes` if the condition holds, `no` otherwise. */
export function choose(condition: Term, yes: Term, no: Term): Term {
  if (isConstant(condition)) return condition.value === true ? yes : no;
  return yes === no ? yes : apply(yes.sort, "ite", condition, yes, no);
}

/** A conjunction or a disjunction without its constants; `neutral` does not change it. */
function join(operator: "and" | "or", neutral: boolean, terms: readonly Term[]): Term {
  if (terms.includes(bool(!neutral))) return bool(!neutral);
  const rest = terms.filter((term) => !isConstant(term));
  return rest.length < 2 ? (rest[0] ?? bool(neutral)) : apply("Bool", operator, ...rest);
}

function isConstant(term: Term): term is Extract<Term, { kind: "constant" }> {
  return term.kind === "constant";
}
/** The integer that an array holds at an index. */
export const select = (array: Term, index: Term): Term => apply("Int", "select", array, index);
/** The array with another integer at one index. */
export const store = (array: Term, index: Term, value: Term): Term =>
  apply("Array", "store", array, index, value);

/** Returns some terms and all their parts, each once and after its operands. */
export function inOrder(roots: readonly Term[]): Term[] {
  const seen = new Set<Term>();
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    if (term.kind === "application") term.operands.forEach(visit);
    seen.add(term);
  };
  roots.forEach(visit);
  return [...seen];
}
