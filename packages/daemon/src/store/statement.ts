import { sql, type Compilable, type RawBuilder } from "kysely";

/** A query compiled once and run with different values. `P` has its parameters by name; `R` is a row of its result. */
export interface Statement<P, R> {
  readonly sql: string;
  /** Bindings in order: a {@link Parameter}, to be replaced by its value, or a fixed value. */
  readonly bindings: readonly unknown[];
  /** Only for the type checker; never set. */
  readonly shape?: { readonly parameters: P; readonly row: R };
}

/** Returns the parameter `name` for the query that is being built. In SQL a bigint is an integer like a number. */
export type ParameterOf<P> = <K extends keyof P & string>(name: K) => RawBuilder<Exclude<P[K], bigint>>;

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
    return { sql: compiled.sql, bindings: compiled.parameters };
  };
}

/**
 * Hides a parameter from the query planner. SQLite with STAT4 prepares a query again whenever a value changes that influenced its
 * plan, such as a limit or a search key; that takes ten times as long as running it.
 */
export function opaque<T>(parameter: RawBuilder<T>, fallback: string | number): RawBuilder<T> {
  return sql<T>`coalesce(${parameter}, ${sql.lit(fallback)})`;
}

/** A statement to execute, with its values. */
export interface Step {
  readonly statement: Statement<never, unknown>;
  readonly values: readonly unknown[];
}

/**
 * A part of a transaction: yields statements and gets their rows. A driver can run it synchronously, as on SQLite, or await each
 * statement, as on a database server.
 */
export type Steps<T> = Generator<Step, T, readonly unknown[]>;

/** Runs one statement in the transaction and returns its rows. */
export function* run<P, R>(statement: Statement<P, R>, parameters: P): Steps<readonly R[]> {
  const values = statement.bindings.map((binding) =>
    binding instanceof Parameter ? parameters[binding.name as keyof P] : binding,
  );
  return (yield { statement: statement as Statement<never, unknown>, values }) as readonly R[];
}
