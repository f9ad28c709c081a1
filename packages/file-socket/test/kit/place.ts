import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A path for a socket directory that does not exist yet, removed after the test. */
export function newPlace(): string {
  const parent = mkdtempSync(join(tmpdir(), "fsock-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, "socket");
}
