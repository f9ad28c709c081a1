import { describe, expect, test } from "vitest";

import { initialState, type MachineState } from "../../src/machine/state.ts";
import { step } from "../../src/machine/step.ts";
import { prepare } from "../../src/prepare.ts";
import type { RenderOptions } from "../../src/types.ts";

/** Returns the state after a number of steps, and the drawing of the last one. */
function run(source: string, steps: number, options: RenderOptions = {}) {
  const { bound } = prepare(source, options);
  let result = { state: initialState(bound), drawing: undefined as unknown };
  for (let i = 0; i < steps; i++) result = step(bound, result.state);
  return result;
}

function stateAfter(source: string, steps: number, options?: RenderOptions): MachineState {
  return run(source, steps, options).state;
}

describe("a step of", () => {
  test.each([
    { name: "PARAM", source: "PARAM a 1\nHALT", steps: 1, pc: 1 },
    { name: "JMP forward", source: "JMP on\nHALT\non:\nHALT", steps: 1, pc: 2 },
    { name: "JMP backward", source: "back:\nCLEAR\nJMP back", steps: 2, pc: 0 },
    { name: "JMP to itself", source: "here:\nJMP here", steps: 1, pc: 0 },
    { name: "JMP to the end", source: "JMP end\nHALT\nend:", steps: 1, pc: 2, status: "halted" },
    { name: "IF that holds", source: "IF 1 < 2 on\nHALT\non:\nHALT", steps: 1, pc: 2 },
    { name: "IF that does not hold", source: "IF 2 < 2 on\nHALT\non:\nHALT", steps: 1, pc: 1 },
    { name: "CALL", source: "CALL sub\nHALT\nsub:\nRET", steps: 1, pc: 2, stack: [1] },
    { name: "CALL in a subroutine", source: "CALL a\na:\nCALL b\nb:\nRET", steps: 2, pc: 2, stack: [1, 2] },
    { name: "RET", source: "CALL sub\nHALT\nsub:\nRET", steps: 2, pc: 1 },
    { name: "RET to the end", source: "JMP on\nsub:\nRET\non:\nCALL sub", steps: 3, pc: 3, status: "halted" },
    { name: "HALT", source: "HALT\nCLEAR", steps: 1, pc: 0, status: "halted" },
    { name: "the last instruction", source: "CLEAR", steps: 1, pc: 1, status: "halted" },
    { name: "a halted machine", source: "HALT\nCLEAR", steps: 5, pc: 0, status: "halted" },
    { name: "an empty program", source: "", steps: 1, pc: 0, status: "halted" },
  ])("$name", ({ source, steps, pc, stack = [], status = "running" }) => {
    const state = stateAfter(source, steps);
    expect({ pc: state.pc, stack: state.stack, status: state.status }).toEqual({ pc, stack, status });
  });

  test.each([
    ["SET a 7", 7],
    ["SET a -2147483648", -2147483648],
    ["SET a 7\nSET b 3\nSET a b", 3],
    ["SET a 7\nADD a -9", -2],
    ["SET a 7\nADD a a", 14],
    ["SET a 7\nSUB a 9", -2],
    ["SET a -7\nMUL a 6", -42],
    ["SET a -46341\nMUL a 46340", -2147441940],
    ["SET a 7\nDIV a 2", 3],
    ["SET a -7\nDIV a 2", -3],
    ["SET a 7\nDIV a -2", -3],
    ["SET a -1\nDIV a 2", 0],
    ["SET a 7\nMOD a 3", 1],
    ["SET a -7\nMOD a 3", -1],
    ["SET a 7\nMOD a -3", 1],
    ["SET a -6\nMOD a 3", 0],
    ["SET a -2147483648\nMOD a -1", 0],
    ["PARAM p 12\nSET a p", 12],
    ["PARAM p -0\nSET a p", 0],
    ["SET a 0\nMUL a -5", 0],
  ])("%j sets a to %i", (source, value) => {
    const { variables, status } = stateAfter(source, source.split("\n").length);
    expect(status).toBe("halted");
    expect(variables.get("a")).toBe(value);
    expect(Object.is(variables.get("a"), -0)).toBe(false);
  });

  test.each([
    ["COLOR #12345678", { color: 0x78_56_34_12 }],
    ["COLOR red", { color: 0xff_00_00_ff }],
    ["PARAM c #0f0\nCOLOR {c}", { color: 0xff_00_ff_00 }],
    ["SCALE 64", { scale: 64 }],
    ["SET n 3\nSCALE {n}", { scale: 3 }],
    ["ORIGIN -5 4294967295", { originX: -5, originY: 4294967295 }],
    ["ORIGIN 1 2\nORIGIN 3 4", { originX: 3, originY: 4 }],
    ["ALIGN right", { align: "right" }],
    ["CLIP 1 2 3 4", { clip: { left: 1, top: 2, right: 4, bottom: 6 } }],
    ["ORIGIN 10 20\nCLIP 1 2 3 4", { clip: { left: 11, top: 22, right: 14, bottom: 26 } }],
    ["CLIP 1 2 3 4\nORIGIN 10 20", { clip: { left: 1, top: 2, right: 4, bottom: 6 } }],
    ["CLIP 1 2 3 4\nCLIP", { clip: undefined }],
  ])("%j changes the pen", (source, change) => {
    const { pen } = stateAfter(source, source.split("\n").length);
    expect(pen).toMatchObject(change);
    const first = stateAfter(source, 0).pen;
    const others = Object.keys(first).filter((key) => !(key in change) && !key.startsWith("origin"));
    for (const key of others) expect(pen).toHaveProperty(key, first[key as keyof typeof first]);
  });

  test.each([
    ["TXT 1 2 a b", { op: "TXT", x: 1, y: 2, text: "a b" }],
    ["PARAM t hi\nSET n -3\nTXT {n} 2 {t}{n}{x}", { op: "TXT", x: -3, y: 2, text: "hi-3{x}" }],
    ["PARAM n 4\nRECT 1 {n} 3 {n}", { op: "RECT", x: 1, y: 4, w: 3, h: 4 }],
    ["SET n 4\nBOX 1 {n} 3 {n}", { op: "BOX", x: 1, y: 4, w: 3, h: 4 }],
    ["SET n 4\nPIX {n} 3", { op: "PIX", x: 4, y: 3 }],
    ["SET n 4\nLINE {n} 3 2 {n}", { op: "LINE", x0: 4, y0: 3, x1: 2, y1: 4 }],
    ["SET n 4\nCIRCLE {n} 3 {n}", { op: "CIRCLE", x: 4, y: 3, r: 4 }],
    ["PARAM n 4294967295\nDISC 0 3 {n}", { op: "DISC", x: 0, y: 3, r: 4294967295 }],
    ["SET n 4\nSPRITE {n} 3 8 1 Ff", { op: "SPRITE", x: 4, y: 3, w: 8, h: 1, rows: ["ff"] }],
    ["CLEAR", { op: "CLEAR" }],
  ])("%j draws", (source, drawing) => {
    expect(run(source, source.split("\n").length).drawing).toMatchObject(drawing);
  });
});

test("every step costs one unit of fuel, and a program without jumps has enough", () => {
  expect(stateAfter("l:\nJMP l", 3, { limits: { fuel: 10 } }).fuel).toBe(7);
  expect(stateAfter("CLEAR\nCLEAR\nCLEAR", 2, { limits: { fuel: 0 } }).fuel).toBe(1);
});

test("step does not change the state that it gets", () => {
  const { bound } = prepare("CALL l\nl:\nSET a 3\nRET", {});
  const before = initialState(bound);
  const copy = structuredClone(before);
  const called = step(bound, before).state;
  const copyOfCalled = structuredClone(called);
  step(bound, step(bound, called).state);
  expect(before).toEqual(copy);
  expect(called).toEqual(copyOfCalled);
});
