import { describe, expect, test } from "vitest";
import { defineCommand, integerOption, parseInvocation } from "../src/command.ts";
import { UsageError } from "../src/errors.ts";

const command = defineCommand({
  usage: "<file>",
  positionals: [1, 1],
  examples: [],
  options: {
    width: { type: "string", value: "pixels", help: "", default: "128", env: "GVPIE_WIDTH" },
    output: { type: "string", short: "o", value: "file", help: "" },
    format: { type: "string", value: "name", help: "", choices: ["png", "raw"], env: "GVPIE_FORMAT" },
    param: { type: "string", multiple: true, help: "" },
    json: { type: "boolean", help: "" },
  },
  run: () => 0,
});

const parse = (args: string[], env: NodeJS.ProcessEnv = {}) => parseInvocation(command, args, env);

describe("parseInvocation", () => {
  test("a flag overrides the environment, which overrides the default", () => {
    expect(parse(["x"]).values["width"]).toBe("128");
    expect(parse(["x"], { GVPIE_WIDTH: "5" }).values["width"]).toBe("5");
    expect(parse(["x", "--width=7"], { GVPIE_WIDTH: "5" }).values["width"]).toBe("7");
  });

  test("an empty variable counts as unset", () => {
    expect(parse(["x"], { GVPIE_WIDTH: "" }).values["width"]).toBe("128");
  });

  test("absent options are undefined, false or empty", () => {
    const absent = { output: undefined, format: undefined, param: [], json: false };
    expect(parse(["x"]).values).toEqual({ width: "128", ...absent });
  });

  test("a repeatable option keeps all its values in order", () => {
    expect(parse(["--param", "b=1", "x", "--param=a=2"]).values["param"]).toEqual(["b=1", "a=2"]);
  });

  test("accepts - as a value and as an argument", () => {
    const { values, positionals } = parse(["-", "-o", "-"]);
    expect(values["output"]).toBe("-");
    expect(positionals).toEqual(["-"]);
  });

  test.each(["-", "--"])("a hash that begins with %s is a value and an argument, not an option", (dashes) => {
    const hash = dashes.padEnd(43, "Ab9_-");
    expect(parse([hash, "--output", hash, "--param", hash, "--param", "a=1"])).toMatchObject({
      values: { output: hash, param: [hash, "a=1"] },
      positionals: [hash],
    });
  });

  test("everything after -- is an argument", () => {
    expect(parse(["--", "--json"]).positionals).toEqual(["--json"]);
  });

  test.each([
    [[], "expected <file>, got no argument"],
    [["x", "y"], 'unexpected argument "y"'],
    [["x", "--colour"], "unknown option --colour"],
    [["x", "-q"], "unknown option -q"],
    [["x", "--width"], "--width needs a value"],
    [["x", "-o"], "--output needs a value"],
    [["x", "--width", "-3"], "--width needs a value; write --width=-… if it begins with a dash"],
    [["x", "--json=1"], "--json takes no value"],
    [["x", "--format", "gif"], '--format: expected png or raw, got "gif"'],
  ])("%j: %s", (args, message) => {
    expect(() => parse(args)).toThrow(new UsageError(message));
  });

  test("names the variable with an invalid value", () => {
    expect(() => parse(["x"], { GVPIE_FORMAT: "gif" })).toThrow(
      'GVPIE_FORMAT: expected png or raw, got "gif"',
    );
  });
});

test.each(["0", "-1", "1.5", "", " 8", "8px", "0x8", "1e3", "4294967296", "9".repeat(400)])(
  "%j is not a side of a canvas",
  (text) => {
    expect(() => integerOption("--width", text, 1, 2 ** 32 - 1)).toThrow(UsageError);
  },
);
