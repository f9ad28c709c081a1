import { init, killThreads } from "z3-solver";

import { toSmtLib } from "./smt-lib.ts";
import type { Term } from "./term.ts";
import type { Theorem } from "./theorems.ts";

/** What came of trying to prove a theorem. */
export type Verdict =
  /** The negation has no model. */
  | "proved"
  /** The negation has one: a counterexample. */
  | "refuted"
  /** Nothing satisfies the assumptions, so that the theorem says nothing. */
  | "vacuous"
  | "unknown";

export interface Prover {
  prove(theorem: Theorem): Promise<Verdict>;
  /** Ends the solver's threads, which would keep the process alive. */
  close(): Promise<void>;
}

/** Starts Z3. */
export async function createProver(): Promise<Prover> {
  const { Context, em } = await init();
  const { Solver } = Context("proofs");
  const check = async (
    asserted: readonly Term[],
    denied: readonly Term[] = [],
  ): Promise<"sat" | "unsat" | "unknown"> => {
    const solver = new Solver();
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
