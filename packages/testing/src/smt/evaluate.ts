import { inOrder, type Term } from "./term.ts";

/** A value of a term; an array is 0 beyond its length. */
export type Value = number | boolean | readonly number[];

type Application = Extract<Term, { kind: "application" }>;

/**
 * Compiles terms into a function of their symbols' values, which evaluates every part of them once, in order.
 *
 * @param symbols all symbols of the terms, in the order of the function's arguments.
 * @throws {TypeError} if the terms hold another symbol.
 */
export function compile(
  roots: readonly Term[],
  symbols: readonly Term[],
): (inputs: readonly Value[]) => Value[] {
  const terms = inOrder([...symbols, ...roots]);
  const numbers = new Map(terms.map((term, number) => [term, number]));
  const numberOf = (term: Term): number => numbers.get(term) as number;
  const values: Value[] = terms.map((term) => (term.kind === "constant" ? term.value : 0));
  const missing = terms.find((term) => term.kind === "symbol" && !symbols.includes(term));
  if (missing !== undefined) throw new TypeError(`expected a value for ${JSON.stringify(missing)}, got none`);
  const steps = terms.flatMap((term) => {
    if (term.kind !== "application") return [];
    const number = numberOf(term);
    const calculate = compileApplication(term, numberOf, values);
    return [() => void (values[number] = calculate())];
  });
  const places = symbols.map(numberOf);
  const results = roots.map(numberOf);
  return (inputs) => {
    for (let i = 0; i < places.length; i++) values[places[i] as number] = inputs[i] as Value;
    for (const step of steps) step();
    return results.map((result) => values[result] as Value);
  };
}

/** Returns a function that calculates an application from the values of its operands. */
function compileApplication(
  { operator, operands }: Application,
  numberOf: (term: Term) => number,
  values: readonly Value[],
): () => Value {
  const all = operands.map(numberOf);
  const [a = 0, b = 0, c = 0] = all;
  const int = (number: number): number => values[number] as number;
  switch (operator) {
    case "+":
      return () => int(a) + int(b);
    case "-":
      return () => int(a) - int(b);
    case "*":
      return () => int(a) * int(b);
    case "div":
      return () => (int(b) === 0 ? 0 : (int(a) - leastRemainder(int(a), int(b))) / int(b));
    case "mod":
      return () => (int(b) === 0 ? 0 : leastRemainder(int(a), int(b)));
    case "<":
      return () => int(a) < int(b);
    case "<=":
      return () => int(a) <= int(b);
    case "=":
      return () => values[a] === values[b];
    case "and":
      return () => all.every((operand) => values[operand] === true);
    case "or":
      return () => all.some((operand) => values[operand] === true);
    case "not":
      return () => values[a] !== true;
    case "ite":
      return () => values[values[a] === true ? b : c] as Value;
    case "select":
      return () => (values[a] as readonly number[])[int(b)] ?? 0;
    case "store":
      return () => {
        const changed = [...(values[a] as readonly number[])];
        while (changed.length < int(b)) changed.push(0);
        changed[int(b)] = int(c);
        return changed;
      };
  }
}

/** Returns the remainder from 0 to |divisor| − 1. */
function leastRemainder(dividend: number, divisor: number): number {
  const size = Math.abs(divisor);
  return ((dividend % size) + size) % size;
}
