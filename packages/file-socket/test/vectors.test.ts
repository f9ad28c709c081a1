// A request's background and names of parameters follow the rules of the language, which pxl-parser owns. This package
// imports no other one, so that both are tested with the same vectors.
import { HEX_COLORS, INVALID_HEX_COLORS, INVALID_NAMES, NAMES } from "@gvpie/testing/vectors";
import { expect, test } from "vitest";
import { parseRequestJson, spoolCommand } from "../src/protocol/request.ts";
import { DEFAULT_SERVER_LIMITS } from "../src/server/limits.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

function render(fields: object): unknown {
  const json = JSON.stringify({ id: ID, op: "render_program", code: "HALT", ...fields });
  return spoolCommand(parseRequestJson(Buffer.from(json)), ID, DEFAULT_SERVER_LIMITS);
}

const badValue = expect.objectContaining({ code: "FSOCK_BAD_VALUE" });

test.each(HEX_COLORS)("accepts the background $text", ({ text, rgba }) => {
  const background = `#${rgba.toString(16).padStart(8, "0")}`;
  expect(render({ background: text })).toMatchObject({ request: { background } });
});

test.each(INVALID_HEX_COLORS.map((text) => [text.slice(0, 20), text]))(
  "rejects the background %j",
  (_, text) => {
    expect(() => render({ background: text })).toThrow(badValue);
  },
);

test.each(NAMES)("accepts the parameter %s", (name) => {
  expect(render({ params: JSON.parse(`{"${name}":1}`) })).toMatchObject({ request: { params: {} } });
});

test.each(INVALID_NAMES)("rejects the parameter %j", (name) => {
  expect(() => render({ params: { [name]: 1 } })).toThrow(badValue);
});
