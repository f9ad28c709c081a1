export * from "../support/python-escapes.ts";
