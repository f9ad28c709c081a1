export * from "../support/two-loops.ts";
