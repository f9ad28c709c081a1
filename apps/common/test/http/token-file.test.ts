import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { openToken } from "../../src/http/token-file.ts";

const GOOD = "a-token-that-is-long-enough-for-a-server";

function fileWith(content: string, mode = 0o600): string {
  const file = join(temporaryDirectory(), "token");
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

test("a missing file is created with mode 0600, and used again", () => {
  const file = join(temporaryDirectory(), "token");
  const token = openToken(file);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toBe(`${token}\n`);
  expect(openToken(file)).toBe(token);
  expect(openToken(fileWith(`${GOOD}\r\n`))).toBe(GOOD);
});

test.each<[string, string, number, string]>([
  ["others may read", GOOD, 0o640, "to have the mode 600, got 640"],
  ["is too short", "short", 0o600, "got 5 characters"],
  ["is empty", "", 0o600, "got 0 characters"],
  ["has a space", `${GOOD} ${GOOD}`, 0o600, "letters, digits"],
  ["is large", GOOD.repeat(200), 0o600, "to be a small file"],
])("a token that %s is refused", (_, content, mode, says) => {
  expect(() => openToken(fileWith(content, mode))).toThrow(says);
});

test("a link, a directory and a folder that others may write in are refused", () => {
  const file = fileWith(GOOD);
  symlinkSync(file, `${file}-link`);
  expect(() => openToken(`${file}-link`)).toThrow("got a symbolic link");
  mkdirSync(`${file}-folder`, { mode: 0o700 });
  expect(() => openToken(`${file}-folder`)).toThrow("to be a small file");
  mkdirSync(`${file}-open`);
  chmodSync(`${file}-open`, 0o777);
  linkSync(file, `${file}-open/token`);
  expect(() => openToken(`${file}-open/token`)).toThrow("another user could replace the token file");
  expect(() => openToken(join(file, "below"))).toThrow("--http-token");
});
