import { init, killThreads } from "z3-solver";

import { toSmtLib } from "./smt-lib.ts";
import type { Term } from "./term.ts";
import type { Theorem } from "./theorem.ts";

/** Result of an attempt to prove a theorem. */
export type Verdict =
  /** The negation has no model. */
  | "proved"
  /** The negation has a model, which is a counterexample. */
  | "refuted"
  /** The assumptions contradict each other. */
  | "vacuous"
  | "unknown";

export interface Prover {
  prove(theorem: Theorem): Promise<Verdict>;
  /** Ends the solver's threads, which otherwise keep the process alive. */
  close(): Promise<void>;
}

/** Starts Z3. */
export async function createProver(): Promise<Prover> {
  const { Context, em } = await init();
  const { Solver } = Context("proofs");
  // Keeps every solver alive: Z3 frees a garbage-collected one while the next checks on another thread, which corrupts memory.
  const solvers: InstanceType<typeof Solver>[] = [];
  const check = async (
    asserted: readonly Term[],
    denied: readonly Term[] = [],
  ): Promise<"sat" | "unsat" | "unknown"> => {
    const solver = new Solver();
    solvers.push(solver);
    solver.fromString(toSmtLib(asserted, denied));
    return solver.check();
  };
  return {
    async prove({ assume, conclude }) {
      const found = await check(assume, [conclude]);
      if (found !== "unsat") return found === "sat" ? "refuted" : "unknown";
      const possible = await check(assume);
      return { sat: "proved", unsat: "vacuous", unknown: "unknown" }[possible] as Verdict;
    },
    close: () => killThreads(em),
  };
}
