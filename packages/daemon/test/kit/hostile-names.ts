export * from "../support/hostile-names.ts";
