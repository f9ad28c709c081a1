import { MAX_LOCALS } from "../../src/machine/control.ts";
import { MAX_CELLS } from "../../src/machine/parameters.ts";
import {
  anyOperands,
  anyState,
  encodeStep,
  FAULTS,
  isAmong,
  isForm,
  isRunning,
  type OperandTerms,
  PROGRAM,
  RELATION_NUMBERS,
  type StateTerms,
  type StepTerms,
  type Tables,
  TABLES,
} from "./encoding.ts";
import { t, type Theorem } from "@gvpie/testing/smt";

const ZERO = t.int(0);
const ONE = t.int(1);
/** The bounds of the stack and of a procedure's locals, stated independently of the code. */
const STACK = t.int(256);
const LOCALS = t.int(256);
const CELLS = t.int(65_536);
const INT32 = { min: t.int(-(2 ** 31)), max: t.int(2 ** 31 - 1) };

/** Any index: of an entry of the stack, of a local in it, of a variable, of a cell. */
const PLACE = t.symbol("place", "Int");
const LOCAL = t.symbol("local", "Int");
const SLOT = t.symbol("slot", "Int");
const INDEX = t.symbol("index", "Int");

type Part = keyof StateTerms;

/** Every part of a state. */
const EVERYTHING: readonly Part[] = [
  "pc",
  "fuel",
  "halted",
  "depth",
  "seed",
  "address",
  "firstSaved",
  "savedCount",
  "saved",
  "variable",
  "cell",
];
/** The stack. */
const CALLS: readonly Part[] = ["depth", "address", "firstSaved", "savedCount", "saved"];

function isBetween(least: t.Term, term: t.Term, most: t.Term): t.Term {
  return t.and(t.atMost(least, term), t.atMost(term, most));
}

function isInt32(term: t.Term): t.Term {
  return isBetween(INT32.min, term, INT32.max);
}

/** True if parts of two states are the same; a part that is a function at every index. */
function isSame(after: StateTerms, before: StateTerms, parts: readonly Part[]): t.Term {
  const at = (state: StateTerms, part: Part): t.Term => {
    switch (part) {
      case "address":
      case "firstSaved":
      case "savedCount":
        return state[part](PLACE);
      case "saved":
        return state.saved(PLACE, LOCAL);
      case "variable":
        return state.variable(SLOT);
      case "cell":
        return state.cell(INDEX);
      default:
        return state[part];
    }
  };
  return t.and(...parts.map((part) => t.equal(at(after, part), at(before, part))));
}

function isFault({ fault }: StepTerms, name: keyof typeof FAULTS): t.Term {
  return t.equal(fault, t.int(FAULTS[name]));
}

/** A state, the operands of the instruction at its counter, and the state after its step. */
interface Step {
  readonly before: StateTerms;
  readonly operands: OperandTerms;
  readonly after: StepTerms;
}

function anyStep(tables: Tables, prefix = ""): Step {
  const before = anyState(prefix).state;
  const { operands } = anyOperands(prefix);
  return { before, operands, after: encodeStep(before, operands, tables) };
}

/** Returns a part of the instruction at the counter of a state. */
function partOf({ pc }: StateTerms, part: keyof typeof PROGRAM): t.Term {
  return t.select(PROGRAM[part], pc);
}

/** The machine runs, with enough fuel, and all operands have values. */
function proceeds({ before, operands }: Step): t.Term[] {
  const faults = Array.from({ length: 16 }, (_, i) => t.equal(operands.fault(t.int(i)), t.int(FAULTS.none)));
  return [isRunning(before), t.atMost(ONE, partOf(before, "cost")), hasFuel(before), ...faults];
}

/** The machine runs an instruction of one of these forms, with enough fuel, and all operands have values. */
function runs(step: Step, ...forms: readonly string[]): t.Term[] {
  return [...proceeds(step), t.or(...forms.map((form) => isForm(form, step.before)))];
}

function hasFuel(state: StateTerms): t.Term {
  return t.atMost(partOf(state, "cost"), state.fuel);
}

function isSpent({ before, after }: Step): t.Term {
  return t.equal(after.fuel, t.subtract(before.fuel, partOf(before, "cost")));
}

function isAtEnd(address: t.Term): t.Term {
  return t.equal(address, PROGRAM.length);
}

/** The step succeeds, goes to `next`, takes its fuel, and halts only at the end. */
function moves(step: Step, next: t.Term): t.Term {
  const { after } = step;
  return t.and(
    isFault(after, "none"),
    t.equal(after.pc, next),
    isSpent(step),
    t.equal(after.halted, isAtEnd(next)),
  );
}

/** The step goes to `next` and changes nothing else but fuel, and what evaluating operands changes. */
function goes(step: Step, next: t.Term): t.Term {
  const { before, after, operands } = step;
  return t.and(
    moves(step, next),
    isSame(after, before, [...CALLS, "variable", "cell"]),
    t.equal(after.seed, operands.seed),
  );
}

/** The promises of the parser about the instruction at the counter. */
function isValidInstruction(state: StateTerms): t.Term {
  return t.and(
    isBetween(ZERO, partOf(state, "target"), PROGRAM.length),
    t.atMost(ONE, partOf(state, "cost")),
    isBetween(ZERO, partOf(state, "localCount"), t.int(MAX_LOCALS)),
    isBetween(ZERO, partOf(state, "argumentCount"), partOf(state, "localCount")),
    t.atMost(ZERO, partOf(state, "firstCell")),
    t.atMost(ZERO, partOf(state, "cellCount")),
    t.atMost(t.add(partOf(state, "firstCell"), partOf(state, "cellCount")), t.int(MAX_CELLS)),
  );
}

/** Returns the theorems about the step rules of some tables. */
export function theorems(tables: Tables = TABLES): Theorem[] {
  const step = anyStep(tables);
  return [
    ...progress(step),
    ...jumps(step),
    ...comparisons(step),
    ...branches(step, anyStep(tables, "other.")),
    ...calls(step, anyStep(tables, "later."), tables),
    ...loops(step),
    ...memory(step),
    straight(step),
  ];
}

/** Bounds, fuel and faults, for every step. */
function progress(step: Step): Theorem[] {
  const { before, after } = step;
  const { pc, fuel, depth } = before;
  const succeeds = isFault(after, "none");
  // The parser ensures the part about the program; the rest holds at the start and after each step.
  const isValid = t.and(
    isBetween(ZERO, pc, PROGRAM.length),
    t.or(before.halted, t.less(pc, PROGRAM.length)),
    isBetween(ZERO, depth, STACK),
    t.atMost(ZERO, fuel),
    isValidInstruction(before),
  );
  const top = before.address(t.subtract(depth, ONE));
  const isTopValid = t.implies(t.less(ZERO, depth), isBetween(ONE, top, PROGRAM.length));
  const faultOf = (name: keyof typeof FAULTS): t.Term => isFault(after, name);
  const stackFaults = t.and(
    t.equal(faultOf("RASTER_STACK_OVERFLOW"), t.and(isForm("CALL", before), t.equal(depth, STACK))),
    t.equal(
      faultOf("RASTER_STACK_UNDERFLOW"),
      t.and(t.or(isForm("RET", before), isForm("END of DEF", before)), t.equal(depth, ZERO)),
    ),
  );
  return [
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
        isBetween(ZERO, depth, STACK),
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
        isBetween(ZERO, PLACE, t.subtract(after.depth, ONE)),
        t.implies(t.less(PLACE, depth), isBetween(ONE, before.address(PLACE), PROGRAM.length)),
      ],
      conclude: isBetween(ONE, after.address(PLACE), PROGRAM.length),
    },
    {
      says: "fuel falls by the cost of the instruction with every step, so by 1 or more, and never below 0",
      assume: [isRunning(before), isValidInstruction(before), t.atMost(ZERO, fuel), succeeds],
      conclude: t.and(isSpent(step), t.less(after.fuel, fuel), t.atMost(ZERO, after.fuel)),
    },
    {
      says: "with less fuel than its cost no instruction runs, so every execution ends after at most as many steps as it has fuel",
      assume: [isRunning(before), t.less(fuel, partOf(before, "cost"))],
      conclude: faultOf("RASTER_LIMIT_FUEL"),
    },
    {
      says: "a step that fails changes nothing",
      assume: [t.not(succeeds)],
      conclude: isSame(after, before, EVERYTHING),
    },
    {
      says: "a halted machine stays as it is: HALT is absorbing",
      assume: [before.halted],
      conclude: t.and(succeeds, isSame(after, before, EVERYTHING)),
    },
    {
      says: "the stack holds 0 … 256 entries",
      assume: [isValid],
      conclude: isBetween(ZERO, after.depth, STACK),
    },
    {
      says: "only CALL, RET and the END of a DEF change the stack's depth, each by one",
      assume: [...proceeds(step), succeeds],
      conclude: t.equal(
        t.subtract(after.depth, depth),
        t.choose(
          isForm("CALL", before),
          ONE,
          t.choose(t.or(isForm("RET", before), isForm("END of DEF", before)), t.int(-1), ZERO),
        ),
      ),
    },
    {
      says: "no instruction changes an entry that stays on the stack: its address, its locals and their values",
      assume: [isBetween(ZERO, PLACE, t.subtract(depth, ONE)), t.less(PLACE, after.depth)],
      conclude: isSame(after, before, ["address", "firstSaved", "savedCount", "saved"]),
    },
    {
      says: "CALL on a stack of 256 and RET on an empty one fail, and no other instruction does for the stack",
      assume: [...proceeds(step), isBetween(ZERO, depth, STACK)],
      conclude: stackFaults,
    },
  ];
}

function jumps(step: Step): Theorem[] {
  const { before, after, operands } = step;
  const target = partOf(before, "target");
  const following = t.add(before.pc, ONE);
  const control = [
    "JMP",
    "IF",
    "IF block",
    "CALL",
    "RET",
    "HALT",
    "FOR",
    "NEXT",
    "ELSE",
    "END of DEF",
    "DEF",
  ];
  return [
    {
      says: "JMP goes to its target and changes nothing else",
      assume: runs(step, "JMP"),
      conclude: goes(step, target),
    },
    {
      says: "ELSE goes to its target and changes nothing else",
      assume: runs(step, "ELSE"),
      conclude: goes(step, target),
    },
    {
      says: "DEF goes to its target, so that a procedure that is not called is skipped",
      assume: runs(step, "DEF"),
      conclude: goes(step, target),
    },
    {
      says: "the END of an IF has no effect",
      assume: runs(step, "END"),
      conclude: goes(step, following),
    },
    {
      says: "HALT halts where it stands and changes nothing else",
      assume: runs(step, "HALT"),
      conclude: t.and(
        isFault(after, "none"),
        after.halted,
        isSame(after, before, ["pc", ...CALLS, "variable", "cell"]),
        isSpent(step),
      ),
    },
    {
      says: "SEED sets the state of the random numbers and changes nothing else",
      assume: runs(step, "SEED"),
      conclude: t.and(
        moves(step, following),
        t.equal(after.seed, operands.value(ZERO)),
        isSame(after, before, [...CALLS, "variable", "cell"]),
      ),
    },
    {
      says: "every other instruction goes to the following one, so a program without jumps runs each at most once",
      assume: [
        ...proceeds(step),
        isFault(after, "none"),
        ...control.map((name) => t.not(isForm(name, before))),
      ],
      conclude: t.and(moves(step, following), isSame(after, before, CALLS)),
    },
  ];
}

/** IF, for each mathematical relation. */
function comparisons(step: Step): Theorem[] {
  const { before, operands } = step;
  const [left, right] = [operands.value(ZERO), operands.value(ONE)];
  const meanings: Readonly<Record<string, t.Term>> = {
    "<": t.less(left, right),
    "<=": t.atMost(left, right),
    "=": t.equal(left, right),
    "!=": t.not(t.equal(left, right)),
    ">=": t.atMost(right, left),
    ">": t.less(right, left),
  };
  const following = t.add(before.pc, ONE);
  const target = partOf(before, "target");
  return [...RELATION_NUMBERS].flatMap(([relation, number]) => {
    const holds = meanings[relation] ?? t.bool(false);
    const isRelation = t.equal(partOf(before, "relation"), t.int(number));
    return [
      {
        says: `IF a ${relation} b goes to its target where a ${relation} b, else to the following instruction, and changes nothing else`,
        assume: [...runs(step, "IF"), isRelation],
        conclude: goes(step, t.choose(holds, target, following)),
      },
      {
        says: `IF a ${relation} b without a label goes to the following instruction where a ${relation} b, else to its target, and changes nothing else`,
        assume: [...runs(step, "IF block"), isRelation],
        conclude: goes(step, t.choose(holds, following, target)),
      },
    ];
  });
}

/** The two branches of an IF with an ELSE. */
function branches(step: Step, other: Step): Theorem[] {
  const { pc } = step.before;
  const elseAt = other.before.pc;
  const end = t.symbol("end", "Int");
  return [
    {
      says: "exactly one branch of an IF with an ELSE runs: IF goes into the first, whose end is the ELSE, which skips the second, or over the ELSE into the second",
      assume: [
        ...runs(step, "IF block"),
        ...runs(other, "ELSE"),
        // The parser gives them these places.
        t.less(pc, elseAt),
        t.less(elseAt, end),
        t.equal(partOf(step.before, "target"), t.add(elseAt, ONE)),
        t.equal(partOf(other.before, "target"), t.add(end, ONE)),
      ],
      conclude: t.and(
        t.or(isBetween(t.add(pc, ONE), step.after.pc, elseAt), t.equal(step.after.pc, t.add(elseAt, ONE))),
        t.less(end, other.after.pc),
      ),
    },
  ];
}

function calls(step: Step, later: Step, tables: Tables): Theorem[] {
  const { before, after, operands } = step;
  const { depth } = before;
  const target = partOf(before, "target");
  const following = t.add(before.pc, ONE);
  const [first, count] = [partOf(before, "firstLocal"), partOf(before, "localCount")];
  const local = t.subtract(SLOT, first);
  const isLocal = isAmong(SLOT, first, count);
  const call = [
    ...runs(step, "CALL"),
    t.less(depth, STACK),
    t.atMost(ZERO, depth),
    isValidInstruction(before),
  ];

  const top = t.subtract(depth, ONE);
  const returns = [...runs(step, "RET", "END of DEF"), t.less(ZERO, depth)];
  const isRestored = isAmong(SLOT, before.firstSaved(top), before.savedCount(top));

  // Any state in which the entry of the CALL is on top, as every step leaves it until then.
  const isReturn = [
    ...runs(later, "RET", "END of DEF"),
    t.equal(later.before.depth, t.add(depth, ONE)),
    ...(["address", "firstSaved", "savedCount"] as const).map((part) =>
      t.equal(later.before[part](depth), after[part](depth)),
    ),
    t.equal(later.before.saved(depth, local), after.saved(depth, local)),
  ];
  const returned = later.after;
  return [
    {
      says: "CALL goes to its target with the following instruction on top of the stack",
      assume: call,
      conclude: t.and(
        moves(step, target),
        t.equal(after.address(depth), following),
        t.equal(after.depth, t.add(depth, ONE)),
        isSame(after, before, ["cell"]),
      ),
    },
    {
      says: "CALL saves the value of every local of the procedure",
      assume: [...call, isBetween(ZERO, LOCAL, t.subtract(count, ONE))],
      conclude: t.and(
        t.equal(after.firstSaved(depth), first),
        t.equal(after.savedCount(depth), count),
        t.equal(after.saved(depth, LOCAL), before.variable(t.add(first, LOCAL))),
      ),
    },
    {
      says: "CALL sets the arguments to its values and the other locals to 0, and changes no other variable",
      assume: call,
      conclude: t.equal(
        after.variable(SLOT),
        t.choose(
          isLocal,
          t.choose(t.less(local, partOf(before, "argumentCount")), operands.value(local), ZERO),
          before.variable(SLOT),
        ),
      ),
    },
    {
      says: "CALL of a label, which has no locals, changes no variable",
      assume: [...call, t.equal(count, ZERO)],
      conclude: t.and(isSame(after, before, ["variable"]), t.equal(after.savedCount(depth), ZERO)),
    },
    {
      says: "RET and the END of a DEF go to the address on top and take it off",
      assume: returns,
      conclude: t.and(
        moves(step, before.address(top)),
        t.equal(after.depth, top),
        isSame(after, before, ["address", "firstSaved", "savedCount", "saved", "cell"]),
      ),
    },
    {
      says: "RET and the END of a DEF give the saved locals their values again, and change no other variable",
      assume: returns,
      conclude: t.equal(
        after.variable(SLOT),
        t.choose(
          isRestored,
          before.saved(top, t.subtract(SLOT, before.firstSaved(top))),
          before.variable(SLOT),
        ),
      ),
    },
    {
      says: "RET after CALL returns to the instruction that follows the CALL, with the stack as it was",
      assume: [...call, ...isReturn],
      conclude: t.and(
        isFault(returned, "none"),
        t.equal(returned.pc, following),
        t.equal(returned.depth, depth),
      ),
    },
    {
      says: "after CALL and RET the locals of the procedure have the values from before, however often it was called in between, and every other variable has the value that the body gave it",
      assume: [...call, ...isReturn],
      conclude: t.equal(
        returned.variable(SLOT),
        t.choose(isLocal, before.variable(SLOT), later.before.variable(SLOT)),
      ),
    },
    {
      says: "CALL and RET at once leave every part of the state as it was, but fuel and the counter",
      assume: [
        ...call,
        isFault(after, "none"),
        t.less(target, PROGRAM.length),
        isForm("RET", after),
        t.atMost(partOf(after, "cost"), after.fuel),
        ...proceeds({ ...later, before: after }),
      ],
      conclude: isSame(encodeStep(after, later.operands, tables), { ...before, pc: following }, [
        "pc",
        "depth",
        "variable",
        "cell",
      ]),
    },
  ];
}

/** FOR and NEXT. */
function loops(step: Step): Theorem[] {
  const { before, after, operands } = step;
  const [variable, limit, size] = (["variable", "limit", "step"] as const).map((part) =>
    partOf(before, part),
  ) as [t.Term, t.Term, t.Term];
  const areDifferent = t.not(t.or(t.equal(variable, limit), t.equal(variable, size), t.equal(limit, size)));
  const target = partOf(before, "target");
  const following = t.add(before.pc, ONE);
  const [from, to, by] = [ZERO, ONE, t.int(2)].map((i) => operands.value(i)) as [t.Term, t.Term, t.Term];
  const [value, last, increment] = [variable, limit, size].map((slot) => before.variable(slot)) as [
    t.Term,
    t.Term,
    t.Term,
  ];
  const isOther = t.not(t.or(t.equal(SLOT, variable), t.equal(SLOT, limit), t.equal(SLOT, size)));
  const left = iterations(value, last, increment);
  const isLast = t.equal(left, ONE);
  const body = [
    ...runs(step, "NEXT"),
    areDifferent,
    t.not(t.equal(increment, ZERO)),
    // As FOR leaves them, and as NEXT does.
    t.atMost(ONE, left),
  ];
  return [
    {
      says: "FOR v a b s takes its values once: v is a, and its hidden variables are b and s; no other variable changes",
      assume: [...runs(step, "FOR"), areDifferent, t.not(t.equal(by, ZERO))],
      conclude: t.and(
        isFault(after, "none"),
        t.equal(after.variable(variable), from),
        t.equal(after.variable(limit), to),
        t.equal(after.variable(size), by),
        t.implies(isOther, t.equal(after.variable(SLOT), before.variable(SLOT))),
        isSame(after, before, [...CALLS, "cell"]),
      ),
    },
    {
      says: "FOR v a b s goes into its body if max(0, ⌊(b − a)/s⌋ + 1) is 1 or more, else after its NEXT",
      assume: [...runs(step, "FOR"), t.not(t.equal(by, ZERO))],
      conclude: moves(step, t.choose(t.atMost(ONE, iterations(from, to, by)), following, target)),
    },
    {
      says: "FOR with a step of 0 fails",
      assume: [...runs(step, "FOR"), t.equal(by, ZERO)],
      conclude: isFault(after, "RASTER_BAD_VALUE"),
    },
    {
      says: "NEXT ends the loop when one iteration was left, and changes no variable: v keeps its last value",
      assume: [...body, isLast],
      conclude: goes(step, following),
    },
    {
      says: "NEXT with more iterations left goes into the body again with v + s, and one less is left: so a body that does not change v runs exactly max(0, ⌊(b − a)/s⌋ + 1) times",
      assume: [...body, t.not(isLast)],
      conclude: t.and(
        moves(step, target),
        t.equal(after.variable(variable), t.add(value, increment)),
        t.equal(iterations(t.add(value, increment), last, increment), t.subtract(left, ONE)),
        t.implies(t.not(t.equal(SLOT, variable)), t.equal(after.variable(SLOT), before.variable(SLOT))),
        isSame(after, before, [...CALLS, "cell"]),
      ),
    },
    {
      says: "NEXT never overflows: it never fails but for fuel",
      assume: runs(step, "NEXT"),
      conclude: isFault(after, "none"),
    },
  ];
}

/** The number of times that a body runs from a value on. */
function iterations(value: t.Term, limit: t.Term, step: t.Term): t.Term {
  const isDown = t.less(step, ZERO);
  const distance = t.choose(isDown, t.subtract(value, limit), t.subtract(limit, value));
  const size = t.choose(isDown, t.subtract(ZERO, step), step);
  return t.choose(t.less(distance, ZERO), ZERO, t.add(t.divide(distance, size), ONE));
}

/** Variables and cells hold 32 bits, and nothing grows. */
function memory(step: Step): Theorem[] {
  const { before, after, operands } = step;
  const top = t.subtract(before.depth, ONE);
  const of = (part: keyof typeof PROGRAM): t.Term => partOf(before, part);
  const slots = (["variable", "limit", "step"] as const).map(of);
  const variables = t.symbol("variableCount", "Int");
  const cell = t.add(of("firstCell"), operands.value(ZERO));
  const isDifferent = (part: "variable" | "saved" | "cell"): t.Term => t.not(isSame(after, before, [part]));
  return [
    {
      says: "every variable stays in −2³¹ … 2³¹−1",
      assume: [
        ...[SLOT, ...slots].map((slot) => isInt32(before.variable(slot))),
        ...[ZERO, ONE, t.int(2), t.subtract(SLOT, of("firstLocal"))].map((i) => isInt32(operands.value(i))),
        isInt32(before.saved(top, t.subtract(SLOT, before.firstSaved(top)))),
      ],
      conclude: isInt32(after.variable(SLOT)),
    },
    {
      says: "every saved local, every cell and the state of the random numbers stay in −2³¹ … 2³¹−1",
      assume: [
        isInt32(before.variable(t.add(of("firstLocal"), LOCAL))),
        isInt32(before.saved(PLACE, LOCAL)),
        isInt32(before.cell(INDEX)),
        isInt32(before.seed),
        ...[operands.value(ZERO), operands.value(ONE), operands.seed].map(isInt32),
      ],
      conclude: t.and(...[after.saved(PLACE, LOCAL), after.cell(INDEX), after.seed].map(isInt32)),
    },
    {
      says: "the stack saves at most 256 × 256 values: no step writes one beyond",
      assume: [isBetween(ZERO, before.depth, STACK), isValidInstruction(before), isDifferent("saved")],
      conclude: t.and(
        isBetween(ZERO, PLACE, t.subtract(STACK, ONE)),
        isBetween(ZERO, LOCAL, t.subtract(LOCALS, ONE)),
      ),
    },
    {
      says: "SET name[i] changes cell i of its array and nothing else, and an index outside fails with RASTER_BAD_INDEX",
      assume: runs(step, "SET cell"),
      conclude: t.choose(
        isBetween(ZERO, operands.value(ZERO), t.subtract(of("cellCount"), ONE)),
        t.and(
          moves(step, t.add(before.pc, ONE)),
          t.equal(after.cell(INDEX), t.choose(t.equal(INDEX, cell), operands.value(ONE), before.cell(INDEX))),
          isSame(after, before, [...CALLS, "variable"]),
        ),
        isFault(after, "RASTER_BAD_INDEX"),
      ),
    },
    {
      says: "no step changes a cell outside the array of its SET, so none beyond 65,536 cells",
      assume: [isValidInstruction(before), isDifferent("cell")],
      conclude: t.and(
        isForm("SET cell", before),
        isBetween(of("firstCell"), INDEX, t.subtract(t.add(of("firstCell"), of("cellCount")), ONE)),
        isBetween(ZERO, INDEX, t.subtract(CELLS, ONE)),
      ),
    },
    {
      says: "the number of variables does not grow: a step changes one that its instruction names, or a local",
      assume: [
        ...slots.map((slot) => isBetween(ZERO, slot, t.subtract(variables, ONE))),
        t.atMost(ZERO, of("firstLocal")),
        t.atMost(t.add(of("firstLocal"), of("localCount")), variables),
        t.atMost(ZERO, before.firstSaved(top)),
        t.atMost(t.add(before.firstSaved(top), before.savedCount(top)), variables),
        isDifferent("variable"),
      ],
      conclude: isBetween(ZERO, SLOT, t.subtract(variables, ONE)),
    },
  ];
}

/** Programs without jumps. */
function straight(step: Step): Theorem {
  const { before, after } = step;
  /** The sum of the costs of the instructions from an index on. */
  const rest = t.symbol("rest", "Array");
  const following = t.add(before.pc, ONE);
  const forms = ["JMP", "IF", "IF block", "CALL", "RET", "FOR", "NEXT", "ELSE", "END", "END of DEF", "DEF"];
  return {
    says: "a straight program that has the sum of its costs as fuel never lacks fuel, and has none left at its end",
    assume: [
      isValidInstruction(before),
      isRunning(before),
      ...forms.map((form) => t.not(isForm(form, before))),
      t.equal(t.select(rest, before.pc), t.add(partOf(before, "cost"), t.select(rest, following))),
      t.atMost(ZERO, t.select(rest, following)),
      t.equal(before.fuel, t.select(rest, before.pc)),
    ],
    conclude: t.and(
      hasFuel(before),
      t.implies(isFault(after, "none"), t.equal(after.fuel, t.select(rest, following))),
    ),
  };
}
