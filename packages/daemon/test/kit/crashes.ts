export * from "../support/crashes.ts";
