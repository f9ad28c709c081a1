export * from "../support/refused-databases.ts";
