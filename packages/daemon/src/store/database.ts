import type { Kysely } from "kysely";
import type { Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";

/**
 * What the store needs of a database: the seam where another dialect goes. Everything else is written once, as Kysely
 * queries.
 */
export interface StoreDatabase {
  /** Builds queries in the dialect's words. The store never executes through it. */
  readonly builder: Kysely<Tables>;
  /**
   * Runs the steps in a transaction during which nobody else writes; all of it is durable when the promise resolves. Writes that
   * come together may share one; each is undone alone when it throws.
   */
  write<T>(steps: () => Steps<T>, terms?: WriteTerms): Promise<T>;
  /** Runs the steps on one consistent view. */
  read<T>(steps: () => Steps<T>): Promise<T>;
  /** A value that differs from the last one where anyone else has written since. */
  changeMark(): Promise<string>;
  readonly close: () => Promise<void>;
}

/** What a write asks of others that come at the same time. */
export interface WriteTerms {
  /** Others are likely to follow: it may wait for them, as long as the last commit took. */
  readonly mayWait?: boolean;
  /** It comes after the others that share its transaction. */
  readonly isLast?: boolean;
}
