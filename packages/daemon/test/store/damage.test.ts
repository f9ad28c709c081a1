import { LANGS, openStore, StoreError } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import fc from "fast-check";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fromFixture, TERMS } from "../support/test-store.ts";

test("a damaged database gives a working store or a StoreError", { timeout: 60_000 }, async () => {
  const folder = temporaryDirectory();
  const originals = ["old-full", "old-short", "migrated"].map((name) => {
    const path = join(folder, name);
    fromFixture(name === "migrated" ? "old-full" : name, path);
    return path;
  });
  await (await openStore({ path: join(folder, "migrated") })).close();
  const sound = originals.map((path) => readFileSync(path));
  let opened = 0;
  let count = 0;

  const damage = fc.record({
    original: fc.nat(sound.length - 1),
    edits: fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
    cutTo: fc.option(fc.nat(), { freq: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ original, edits, cutTo }) => {
      const bytes = Buffer.from(sound[original] ?? "");
      for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
      const path = join(folder, `damaged ${count++}`);
      writeFileSync(path, cutTo === null ? bytes : bytes.subarray(0, cutTo % bytes.length));
      try {
        const store = await openStore({ path, synchronous: "normal" });
        try {
          opened++;
          await store.listScripts();
          await store.listRuns();
          const claimed = await store.claimDue(9, LANGS, TERMS);
          const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
          await store.finishRuns(
            claimed.map(({ runId }) => Object.assign({ runId }, outcome)),
            TERMS,
          );
        } finally {
          await store.close();
        }
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    }),
    { numRuns: Number(process.env["GVPIE_FUZZ_RUNS"] ?? 300) },
  );
  expect(opened).toBeGreaterThan(0);
  expect(opened).toBeLessThan(count);
});
