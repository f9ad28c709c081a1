import type { MetricFamily } from "../metrics/types.ts";
import type { Health, HttpLog } from "./types.ts";

/** Data of the worker, for its server. */
export interface ThreadData {
  readonly host: string;
  readonly port: number;
  readonly names: readonly string[];
  readonly token: string;
  readonly maxConnections: number;
  /** The app's own. */
  readonly app: unknown;
}

/** The questions that the thread asks the main thread, with the types of their answers. */
export interface Answers {
  readonly health: Health;
  readonly metrics: readonly MetricFamily[];
}

export type ToThread =
  | {
      readonly type: "answer";
      readonly question: keyof Answers;
      readonly value: Answers[keyof Answers] | undefined;
    }
  | { readonly type: "event"; readonly event: unknown }
  | { readonly type: "close" };

export type FromThread =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  | { readonly type: "question"; readonly question: keyof Answers }
  | { readonly type: "log"; readonly level: Parameters<HttpLog>[0]; readonly message: string };
