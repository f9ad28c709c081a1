import { LIMITS, type LimitName } from "@gvpie/capability";
import { t } from "@gvpie/testing/smt";

/** Kind of a limit: the rule by which two blocks make one. */
export type Kind = (typeof LIMITS)[LimitName]["kind"];

/**
 * A limit of one block as formulas. The value of a number is a real number. The value of a set is whether it holds one element: a
 * theorem about any one element is a theorem about all. The value of a text is a number that stands for it.
 */
export interface LimitTerms {
  readonly isPresent: t.Term;
  readonly value: t.Term;
}

/** The value that two blocks have together if both have the limit. */
export type Rules = Readonly<Record<Kind, (first: LimitTerms, second: LimitTerms) => LimitTerms>>;

const either = (a: LimitTerms, b: LimitTerms, both: t.Term): LimitTerms => ({
  isPresent: t.or(a.isPresent, b.isPresent),
  value: t.choose(a.isPresent, t.choose(b.isPresent, both, a.value), b.value),
});

const lesser = (a: t.Term, b: t.Term): t.Term => t.choose(t.atMost(a, b), a, b);
const greater = (a: t.Term, b: t.Term): t.Term => t.choose(t.atMost(a, b), b, a);

export const RULES: Rules = {
  minimum: (a, b) => either(a, b, lesser(a.value, b.value)),
  maximum: (a, b) => either(a, b, greater(a.value, b.value)),
  intersection: (a, b) => either(a, b, t.and(a.value, b.value)),
  text: (a, b) => either(a, b, b.value),
};

/** A wrong rule, which the solver and the comparison must both detect. */
export interface WrongRule {
  readonly name: string;
  readonly kind: Kind;
  readonly rules: Rules;
  /** A limit of this kind that never has the values for which the rule is wrong. */
  readonly except?: LimitName;
}

const wrong = (name: string, kind: Kind, rule: Rules[Kind]): WrongRule => ({
  name,
  kind,
  rules: { ...RULES, [kind]: rule },
});

const onlyIfBoth = (a: LimitTerms, b: LimitTerms, value: t.Term): LimitTerms => ({
  isPresent: t.and(a.isPresent, b.isPresent),
  value,
});

export const WRONG_RULES: readonly WrongRule[] = [
  wrong("the greater number instead of the lesser", "minimum", RULES.maximum),
  wrong("the number of the last block that has one", "minimum", RULES.text),
  wrong("a number only if both blocks have one", "minimum", (a, b) =>
    onlyIfBoth(a, b, lesser(a.value, b.value)),
  ),
  {
    ...wrong("a number of 0 restricts nothing", "minimum", (a, b) => {
      const isLimit = ({ isPresent, value }: LimitTerms): t.Term =>
        t.and(isPresent, t.not(t.equal(value, t.int(0))));
      return RULES.minimum({ ...a, isPresent: isLimit(a) }, { ...b, isPresent: isLimit(b) });
    }),
    except: "requestsPerSecond",
  },
  wrong("the sum of the numbers", "minimum", (a, b) => either(a, b, t.add(a.value, b.value))),
  wrong("the earlier start instead of the later", "maximum", RULES.minimum),
  wrong("the start of the last block that has one", "maximum", RULES.text),
  wrong("the union instead of the intersection", "intersection", (a, b) =>
    either(a, b, t.or(a.value, b.value)),
  ),
  wrong("the set of the last block that has one", "intersection", RULES.text),
  wrong("a set only if both blocks have one", "intersection", (a, b) =>
    onlyIfBoth(a, b, t.and(a.value, b.value)),
  ),
  wrong("what the later set does not name", "intersection", (a, b) =>
    either(a, b, t.and(a.value, t.not(b.value))),
  ),
];

/** Any value of a limit in a block; `where` tells blocks apart. */
export function anyLimit(name: LimitName, where: string): LimitTerms {
  const { kind } = LIMITS[name];
  const sort = kind === "intersection" ? "Bool" : "Real";
  return { isPresent: t.symbol(`${where}_has_${name}`, "Bool"), value: t.symbol(`${where}_${name}`, sort) };
}

/** Any use of what a limit restricts: a number, or whether the request uses the element. */
export function anyUse(name: LimitName): t.Term {
  return t.symbol(`use_${name}`, LIMITS[name].kind === "intersection" ? "Bool" : "Real");
}

/** Limits whose number a request must stay below; it may reach the others. */
const EXCLUSIVE: ReadonlySet<LimitName> = new Set<LimitName>(["expires"]);

/** True if a limit allows a use. */
export function allows(name: LimitName, { isPresent, value }: LimitTerms, use: t.Term): t.Term {
  const { kind } = LIMITS[name];
  switch (kind) {
    case "minimum":
      return t.implies(isPresent, EXCLUSIVE.has(name) ? t.less(use, value) : t.atMost(use, value));
    case "maximum":
      return t.implies(isPresent, t.atMost(value, use));
    case "intersection":
      return t.implies(t.and(isPresent, use), value);
    case "text":
      return t.bool(true);
  }
}
