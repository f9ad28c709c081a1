import type { Kysely } from "kysely";
import type { Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** The interface to implement for each SQL dialect. The rest of the store is Kysely queries, the same for all dialects. */
export interface StoreDatabase {
  /** Compiles queries for the dialect. The store never executes through it. */
  readonly builder: Kysely<Tables>;
  /**
   * Runs the steps in a transaction that excludes other writers; it is durable when the promise resolves. Concurrent writes may
   * share a transaction; if one throws, only that one is rolled back.
   */
  write<T>(steps: () => Steps<T>, options?: WriteOptions): Promise<T>;
  /** Runs the steps on one snapshot of the database. */
  read<T>(steps: () => Steps<T>): Promise<T>;
  /** Returns a value that changes whenever another connection has written. */
  changeMark(): Promise<string>;
  readonly close: () => Promise<void>;
}

/** Conditions for combining a write with concurrent ones. */
export interface WriteOptions {
  /** True if other writes are likely to follow soon: this one may wait for them as long as the last commit took. */
  readonly mayWait?: boolean;
  /** True to run after the other writes in its transaction. */
  readonly isLast?: boolean;
  /** True to write even if the open database is no longer at its path, unless another file has replaced it. */
  readonly evenIfMoved?: boolean;
}
