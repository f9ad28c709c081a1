import { sql, type Compilable, type RawBuilder } from "kysely";

/** A query compiled once, to be run with different values. `P` names its parameters, `R` is a row of its result. */
export interface Statement<P, R> {
  readonly sql: string;
  /** What stands in the query in order: a {@link Parameter} to be replaced by its value, or the value itself. */
  readonly slots: readonly unknown[];
  /** Types only. */
  readonly shape?: { readonly parameters: P; readonly row: R };
}

/** Makes the parameter `name` inside a query that is being built. */
export type ParameterOf<P> = <K extends keyof P & string>(name: K) => RawBuilder<P[K]>;

class Parameter {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Compiles a query with named parameters.
 *
 * ```ts
 * const byName = statement<{ name: string }>()((p) => db.selectFrom("improvement_scripts").where("name", "=", p("name")).selectAll());
 * ```
 */
export function statement<P extends object = object>(): <R>(
  build: (parameter: ParameterOf<P>) => Compilable<R>,
) => Statement<P, R> {
  return (build) => {
    const compiled = build((name) => sql`${new Parameter(name)}`).compile();
    return { sql: compiled.sql, slots: compiled.parameters };
  };
}

/**
 * A parameter that the query planner does not see. SQLite (with STAT4) plans a query again whenever a value changes that
 * it considered, such as a limit or what an index is searched for: that takes ten times as long as running it.
 */
export function steady<T>(parameter: RawBuilder<T>, fallback: string | number): RawBuilder<T> {
  return sql<T>`coalesce(${parameter}, ${sql.lit(fallback)})`;
}

/** A statement with the values it runs with, as a database asks for it. */
export interface Step {
  readonly statement: Statement<never, unknown>;
  readonly values: readonly unknown[];
}

/**
 * A piece of a transaction: it yields steps and gets their rows. The same piece runs synchronously on SQLite, with nothing in
 * between, and can be awaited step by step on a database at the other end of a wire.
 */
export type Steps<T> = Generator<Step, T, readonly unknown[]>;

/** Runs one statement inside a transaction; its rows, none where it returns none. */
export function* run<P, R>(statement: Statement<P, R>, parameters: P): Steps<readonly R[]> {
  const values = statement.slots.map((slot) =>
    slot instanceof Parameter ? parameters[slot.name as keyof P] : slot,
  );
  return (yield { statement: statement as Statement<never, unknown>, values }) as readonly R[];
}
