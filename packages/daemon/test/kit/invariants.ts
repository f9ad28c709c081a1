export * from "../support/invariants.ts";
