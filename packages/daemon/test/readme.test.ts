import { readFileSync } from "node:fs";
import type { RunErrorCode } from "@gvpie/daemon";
import type { StoreErrorCode, StoreFindingCode } from "@gvpie/daemon/store";
import { expect, test } from "vitest";

/** Returns the codes of a union. The type checker refuses a list that is not complete. */
const codesOf = <Code extends string>(codes: Readonly<Record<Code, true>>): string[] => Object.keys(codes);

const STORE_CODES = codesOf<StoreErrorCode>({
  STORE_LOCKED: true,
  STORE_READ_ONLY: true,
  STORE_CORRUPT: true,
  STORE_FOREIGN: true,
  STORE_NEWER: true,
  STORE_MISSING: true,
  STORE_MOVED: true,
  STORE_EXISTS: true,
  STORE_FULL: true,
  STORE_IO: true,
  STORE_CLOSED: true,
  STORE_BAD_SCRIPT: true,
  STORE_NAME_TAKEN: true,
  STORE_NO_SCRIPT: true,
  STORE_NO_VERSION: true,
  STORE_NO_REQUEST: true,
});
const RUN_CODES = codesOf<RunErrorCode>({
  PYTHON_DISABLED: true,
  PYTHON_AS_ROOT: true,
  PYTHON_NO_SANDBOX: true,
  PYTHON_NO_LIMITS: true,
  PYTHON_MISSING: true,
  PYTHON_FAILED: true,
  PYTHON_KILLED: true,
  PYTHON_TIMEOUT: true,
  PYTHON_OUTPUT: true,
  NO_RUNNER: true,
  NO_RENDERER: true,
  SCRIPT_TOO_LARGE: true,
  CARTRIDGE_UNREADABLE: true,
  CARTRIDGE_UNVERIFIED: true,
  CARTRIDGE_OUTSIDE_ROOT: true,
  CARTRIDGE_NO_FOLDER: true,
  RUN_NO_CAPABILITY: true,
  RUN_NO_CAPABILITY_KEY: true,
  RUN_TIMEOUT: true,
  RUN_STOPPED: true,
  RUN_LOST: true,
  RUN_REMOVED: true,
  RUN_FAILED: true,
});
const FINDING_CODES = codesOf<StoreFindingCode>({
  DAMAGED: true,
  DANGLING: true,
  MISCOUNTED: true,
  CARTRIDGE_MISSING: true,
  SECOND_NAME: true,
});

test.each([
  { document: "../README.md", codes: [...STORE_CODES, ...RUN_CODES] },
  { document: "../../../docs/store.md", codes: FINDING_CODES },
])("every code has its row in $document", ({ document, codes }) => {
  const text = readFileSync(new URL(document, import.meta.url), "utf8");
  expect(codes.filter((code) => !text.includes(`| \`${code}\``))).toEqual([]);
});
