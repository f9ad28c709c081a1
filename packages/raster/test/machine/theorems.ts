import {
  encodeStep,
  FAULTS,
  isOpcode,
  isRunning,
  operands,
  PROGRAM,
  RELATION_NUMBERS,
  STATE,
  type StateTerms,
  type StepTerms,
  type Tables,
  TABLES,
} from "./encoding.ts";
import * as t from "./term.ts";

/** A statement about the step rules, for every program and every state that `assume` allows. */
export interface Theorem {
  /** The statement, as the tests print it. */
  readonly says: string;
  readonly assume: readonly t.Term[];
  readonly conclude: t.Term;
}

const ZERO = t.int(0);
/** The bound of the stack, stated independently of the code. */
const BOUND = t.int(256);
const INT32 = { min: t.int(-(2 ** 31)), max: t.int(2 ** 31 - 1) };

function isBetween(least: t.Term, term: t.Term, most: t.Term): t.Term {
  return t.and(t.atMost(least, term), t.atMost(term, most));
}

function isSame(after: StateTerms, before: StateTerms, parts: readonly (keyof StateTerms)[]): t.Term {
  return t.and(...parts.map((part) => t.equal(after[part], before[part])));
}

function isFault({ fault }: StepTerms, name: keyof typeof FAULTS): t.Term {
  return t.equal(fault, t.int(FAULTS[name]));
}

/** Returns the theorems about the step rules of some tables. */
export function theorems(tables: Tables = TABLES): Theorem[] {
  const before = STATE;
  const after = encodeStep(before, tables);
  const { pc, fuel, depth, stack } = before;
  const following = t.add(pc, t.int(1));
  const target = t.select(PROGRAM.target, pc);
  const isAtEnd = (address: t.Term): t.Term => t.equal(address, PROGRAM.length);
  const hasFuel = t.less(ZERO, fuel);
  const runs = (name: string): t.Term[] => [isRunning(before), hasFuel, isOpcode(name, before)];
  const succeeds = isFault(after, "none");
  const isSpent = t.equal(after.fuel, t.subtract(fuel, t.int(1)));

  // The parser ensures the part about the program; the rest holds at the start and after each step.
  const isValid = t.and(
    isBetween(ZERO, pc, PROGRAM.length),
    t.or(before.halted, t.less(pc, PROGRAM.length)),
    isBetween(ZERO, depth, BOUND),
    t.atMost(ZERO, fuel),
    isBetween(ZERO, target, PROGRAM.length),
  );
  const top = t.select(stack, t.subtract(depth, t.int(1)));
  const isTopValid = t.implies(t.less(ZERO, depth), isBetween(t.int(1), top, PROGRAM.length));
  /** Any index in the stack. */
  const place = t.symbol("place", "Int");

  /** The instruction goes to `next` and changes nothing else but fuel. */
  const goes = (next: t.Term): t.Term =>
    t.and(
      succeeds,
      t.equal(after.pc, next),
      isSame(after, before, ["depth", "stack", "variables"]),
      isSpent,
      t.equal(after.halted, isAtEnd(next)),
    );

  const call = {
    assume: [...runs("CALL"), t.less(depth, BOUND), t.atMost(ZERO, depth)],
    // The target of CALL is RET.
    returned: encodeStep(after, tables),
  };
  const theorems: Theorem[] = [
    { says: "JMP goes to its target and changes nothing else", assume: runs("JMP"), conclude: goes(target) },
    {
      says: "HALT halts where it stands and changes nothing else",
      assume: runs("HALT"),
      conclude: t.and(
        succeeds,
        after.halted,
        isSame(after, before, ["pc", "depth", "stack", "variables"]),
        isSpent,
      ),
    },
    {
      says: "a halted machine stays as it is: HALT is absorbing",
      assume: [before.halted],
      conclude: t.and(
        succeeds,
        isSame(after, before, ["pc", "fuel", "halted", "depth", "stack", "variables"]),
      ),
    },
    {
      says: "a program of n ≥ 1 instructions begins with its counter, its stack and its fuel within bounds",
      assume: [
        t.less(ZERO, PROGRAM.length),
        t.equal(pc, ZERO),
        t.equal(depth, ZERO),
        t.not(before.halted),
        t.atMost(ZERO, fuel),
      ],
      conclude: t.and(
        isBetween(ZERO, pc, PROGRAM.length),
        t.less(pc, PROGRAM.length),
        isBetween(ZERO, depth, BOUND),
      ),
    },
    {
      says: "the counter of a validated program stays in 0 … n, and is n only once the machine has halted",
      assume: [isValid, isTopValid],
      conclude: t.and(
        isBetween(ZERO, after.pc, PROGRAM.length),
        t.or(after.halted, t.less(after.pc, PROGRAM.length)),
      ),
    },
    {
      says: "every address on the stack of a validated program stays in 1 … n",
      assume: [
        isValid,
        isBetween(ZERO, place, t.subtract(after.depth, t.int(1))),
        t.implies(t.less(place, depth), isBetween(t.int(1), t.select(stack, place), PROGRAM.length)),
      ],
      conclude: isBetween(t.int(1), t.select(after.stack, place), PROGRAM.length),
    },
    {
      says: "fuel falls by one with every step and never below 0",
      assume: [isRunning(before), t.atMost(ZERO, fuel), succeeds],
      conclude: t.and(isSpent, t.atMost(ZERO, after.fuel)),
    },
    {
      says: "without fuel no instruction runs, so every execution ends after at most its fuel",
      assume: [isRunning(before), t.equal(fuel, ZERO)],
      conclude: isFault(after, "RASTER_LIMIT_FUEL"),
    },
    {
      says: "a step that fails changes nothing",
      assume: [t.not(succeeds)],
      conclude: isSame(after, before, ["pc", "fuel", "halted", "depth", "stack", "variables"]),
    },
    {
      says: "the stack holds 0 … 256 addresses",
      assume: [isValid],
      conclude: isBetween(ZERO, after.depth, BOUND),
    },
    {
      says: "only CALL and RET change the stack's depth, each by one",
      assume: [isRunning(before), hasFuel, succeeds],
      conclude: t.equal(
        t.subtract(after.depth, depth),
        t.choose(isOpcode("CALL", before), t.int(1), t.choose(isOpcode("RET", before), t.int(-1), ZERO)),
      ),
    },
    {
      says: "no instruction changes an address that stays on the stack",
      assume: [isBetween(ZERO, place, t.subtract(depth, t.int(1))), t.less(place, after.depth)],
      conclude: t.equal(t.select(after.stack, place), t.select(stack, place)),
    },
    {
      says: "CALL goes to its target with the following instruction on top of the stack",
      assume: call.assume,
      conclude: t.and(
        succeeds,
        t.equal(after.pc, target),
        t.equal(t.select(after.stack, depth), following),
        t.equal(after.depth, t.add(depth, t.int(1))),
        isSame(after, before, ["variables"]),
        isSpent,
        t.equal(after.halted, isAtEnd(target)),
      ),
    },
    {
      says: "CALL on a stack of 256 and RET on an empty one fail, and no other instruction does for the stack",
      assume: [isRunning(before), hasFuel, isBetween(ZERO, depth, BOUND)],
      conclude: t.and(
        t.equal(
          isFault(after, "RASTER_STACK_OVERFLOW"),
          t.and(isOpcode("CALL", before), t.equal(depth, BOUND)),
        ),
        t.equal(
          isFault(after, "RASTER_STACK_UNDERFLOW"),
          t.and(isOpcode("RET", before), t.equal(depth, ZERO)),
        ),
      ),
    },
    {
      says: "RET goes to the address on top and takes it off",
      assume: [...runs("RET"), t.less(ZERO, depth)],
      conclude: t.and(
        succeeds,
        t.equal(after.pc, top),
        t.equal(after.depth, t.subtract(depth, t.int(1))),
        isSame(after, before, ["stack", "variables"]),
        isSpent,
        t.equal(after.halted, isAtEnd(top)),
      ),
    },
    {
      says: "RET after CALL returns to the instruction that follows the CALL, with the stack as it was",
      assume: [
        ...call.assume,
        t.less(t.int(1), fuel),
        isBetween(ZERO, target, t.subtract(PROGRAM.length, t.int(1))),
        isOpcode("RET", after),
      ],
      conclude: t.and(
        isFault(call.returned, "none"),
        t.equal(call.returned.pc, following),
        isSame(call.returned, before, ["depth", "variables"]),
        t.implies(
          isBetween(ZERO, place, t.subtract(depth, t.int(1))),
          t.equal(t.select(call.returned.stack, place), t.select(stack, place)),
        ),
      ),
    },
    {
      says: "every other instruction goes to the following one, so a program without jumps runs each at most once",
      assume: [
        isRunning(before),
        hasFuel,
        succeeds,
        ...["JMP", "IF", "CALL", "RET", "HALT"].map((name) => t.not(isOpcode(name, before))),
      ],
      conclude: t.and(
        t.equal(after.pc, following),
        isSame(after, before, ["depth", "stack"]),
        t.equal(after.halted, isAtEnd(following)),
      ),
    },
  ];
  return [...theorems, ...comparisons(before, goes, runs("IF")), inRange(before, after)];
}

/** Returns the theorems about IF, for each mathematical relation. */
function comparisons(
  before: StateTerms,
  goes: (next: t.Term) => t.Term,
  runsIf: readonly t.Term[],
): Theorem[] {
  const [left, right] = operands(before);
  const meanings: Readonly<Record<string, t.Term>> = {
    "<": t.less(left, right),
    "<=": t.atMost(left, right),
    "=": t.equal(left, right),
    "!=": t.not(t.equal(left, right)),
    ">=": t.atMost(right, left),
    ">": t.less(right, left),
  };
  return [...RELATION_NUMBERS].map(([relation, number]) => ({
    says: `IF a ${relation} b goes to its target where a ${relation} b, else to the following instruction, and changes nothing else`,
    assume: [...runsIf, t.equal(t.select(PROGRAM.relation, before.pc), t.int(number))],
    conclude: goes(
      t.choose(
        meanings[relation] ?? t.bool(false),
        t.select(PROGRAM.target, before.pc),
        t.add(before.pc, t.int(1)),
      ),
    ),
  }));
}

/** Variables hold 32 bits. */
function inRange(before: StateTerms, after: StateTerms): Theorem {
  /** Any variable. */
  const number = t.symbol("number", "Int");
  return {
    says: "every variable stays in −2³¹ … 2³¹−1",
    assume: [isBetween(INT32.min, t.select(before.variables, number), INT32.max)],
    conclude: isBetween(INT32.min, t.select(after.variables, number), INT32.max),
  };
}
