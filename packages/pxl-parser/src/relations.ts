import { describeValue } from "./describe-value.ts";

export type Relation = "<" | "<=" | ">" | ">=" | "=" | "!=";

/** Results of a relation for a left side that is less than, equal to, or greater than the right side. */
interface Outcomes {
  readonly less: boolean;
  readonly equal: boolean;
  readonly greater: boolean;
}

/** The comparisons of IF. */
export const RELATIONS: Readonly<Record<Relation, Outcomes>> = {
  "<": { less: true, equal: false, greater: false },
  "<=": { less: true, equal: true, greater: false },
  ">": { less: false, equal: false, greater: true },
  ">=": { less: false, equal: true, greater: true },
  "=": { less: false, equal: true, greater: false },
  "!=": { less: true, equal: false, greater: true },
};

/** True for the characters of a relation. */
export function isRelation(text: string): text is Relation {
  return Object.hasOwn(RELATIONS, text);
}

/**
 * True if the comparison holds.
 *
 * @throws {TypeError} for an unknown relation.
 */
export function compare(left: number, relation: Relation, right: number): boolean {
  const { less, equal, greater } = RELATIONS[relation] ?? unknownRelation(relation);
  return left < right ? less : left > right ? greater : equal;
}

function unknownRelation(found: unknown): never {
  const known = Object.keys(RELATIONS).join(" ");
  throw new TypeError(`expected a relation, one of ${known}, got ${describeValue(found)}`);
}
