// The rules by which a language counts as waiting or stuck, without a renderer; stuck-renderer.test.ts has real ones.
import { expect, test } from "vitest";
import { createConditions } from "../src/conditions.ts";
import { createLangHealth, type LangHealth } from "../src/lang-health.ts";
import type { Lang } from "../src/store/index.ts";
import { TestClock } from "./support/test-store.ts";

const TIMEOUT = { success: false, stderr: "FSOCK_TIMEOUT: no reply" };
const OWN_TIMEOUT = { success: false, stderr: "RUN_TIMEOUT: the run took longer" };
const BUSY = { success: false, stderr: "FSOCK_OVERLOADED: …" };
const PROGRAM_ERROR = { success: false, stderr: "PXL_UNKNOWN_OPCODE: line 1, column 1: …" };

function fixture(): { health: LangHealth; codes: () => string[]; active: Set<Lang> } {
  const clock = new TestClock();
  const conditions = createConditions({ clock, emit: () => {}, onChange: () => {} });
  const active = new Set<Lang>();
  const isActive = (lang: Lang): boolean => active.has(lang);
  const health = createLangHealth({ conditions, limits: { python: 2 }, now: clock.now, isActive });
  return { health, codes: () => conditions.list().map(({ code }) => code), active };
}

test.each([
  { name: "three without a reply", outcomes: [TIMEOUT, OWN_TIMEOUT, TIMEOUT], isStuck: true },
  { name: "two without a reply", outcomes: [TIMEOUT, TIMEOUT], isStuck: false },
  { name: "a success between", outcomes: [TIMEOUT, TIMEOUT, { success: true, stderr: "" }, TIMEOUT] },
  { name: "a program's error between", outcomes: [TIMEOUT, TIMEOUT, PROGRAM_ERROR, TIMEOUT] },
  { name: "errors of programs", outcomes: [PROGRAM_ERROR, PROGRAM_ERROR, PROGRAM_ERROR] },
  { name: "a busy renderer between", outcomes: [TIMEOUT, BUSY, TIMEOUT, BUSY, TIMEOUT], isStuck: true },
])("after $name, stuck: $isStuck", ({ outcomes, isStuck = false }) => {
  const { health, codes } = fixture();
  for (const outcome of outcomes) health.ended("gvpie", outcome, 60_000);
  expect(codes()).toEqual(isStuck ? ["RENDERER_STUCK"] : []);
  expect(health.limit("gvpie")).toBe(isStuck ? 1 : Infinity);
  // An answer, such as one that it is busy, is not a picture.
  health.answers("gvpie");
  expect(codes()).toEqual(isStuck ? ["RENDERER_STUCK"] : []);
  health.ended("gvpie", { success: true, stderr: "" }, 60_000);
  expect(codes()).toEqual([]);
  expect(health.limit("gvpie")).toBe(Infinity);
});

test("a time limit below one second, and that of a language of this process, say nothing", () => {
  const { health, codes } = fixture();
  for (let i = 0; i < 5; i++) {
    health.ended("gvpie", OWN_TIMEOUT, 999);
    health.ended("pixel", OWN_TIMEOUT, 60_000);
  }
  expect(codes()).toEqual([]);
  expect([health.limit("pixel"), health.limit("python")]).toEqual([Infinity, 2]);
});

test("a missing renderer is forgotten once no script needs it", async () => {
  const { health, codes, active } = fixture();
  health.waits("gvpie");
  active.add("gvpie");
  let dueInMs: number | undefined;
  const store = { nextDueInMs: async () => dueInMs };
  await health.review(store);
  active.clear();
  dueInMs = 5_000;
  await health.review(store);
  expect(codes()).toEqual(["NO_RENDERER"]);
  expect(health.waiting).toEqual([
    { lang: "gvpie", since: "2026-01-01T00:00:00.000Z", reason: "no renderer answers" },
  ]);
  dueInMs = undefined;
  await health.review(store);
  expect(codes()).toEqual([]);
  expect(health.waiting).toEqual([]);
});
