import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePng } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { bareEnvironment, runProcess, type ProcessResult } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie, SHELL_COMMAND } from "./support/gvpie.ts";

const SOURCE = "TXT 1 1 é\n# a\n";
const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
const utf32 = (text: string): Buffer =>
  Buffer.concat(Array.from(text, (c) => Buffer.from(Uint32Array.of(c.codePointAt(0) ?? 0).buffer)));
const padded = Buffer.concat([Buffer.from("#".repeat(100_000)), Buffer.from([0x0a, 0x23, 0xff])]);

describe("text that is not UTF-8 is named with its encoding, its place and the remedy", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "UTF-16 LE with a mark",
      utf16(`\ufeff${SOURCE}`),
      "got UTF-16 LE with a byte order mark; convert it with iconv -f UTF-16 -t UTF-8",
    ],
    [
      "UTF-16 BE with a mark",
      utf16(`\ufeff${SOURCE}`).swap16(),
      "got UTF-16 BE with a byte order mark; convert it with iconv -f UTF-16 ",
    ],
    ["UTF-16 LE", utf16(SOURCE), "got UTF-16 LE; convert it with iconv -f UTF-16LE -t UTF-8"],
    ["UTF-16 BE", utf16(SOURCE).swap16(), "got UTF-16 BE; convert it with iconv -f UTF-16BE -t UTF-8"],
    ["UTF-16 LE, cut off", utf16("HALT\n").subarray(0, 9), "got UTF-16 LE;"],
    [
      "UTF-32 LE with a mark",
      utf32(`\ufeff${SOURCE}`),
      "got UTF-32 LE with a byte order mark; convert it with iconv -f UTF-32 ",
    ],
    [
      "Latin-1",
      Buffer.from(SOURCE, "latin1"),
      "got the byte 0xe9 at line 1, column 9, as in Latin-1 or Windows-1252; convert it with iconv -f WINDOWS-1252 -t UTF-8",
    ],
    [
      "Windows-1252",
      Buffer.from("# a\n# \u0093b\u0094\n", "latin1"),
      "got the byte 0x93 at line 2, column 3, as in Latin-1",
    ],
    [
      "a character that is cut off",
      Buffer.from("# 日本").subarray(0, -1),
      "got the byte 0xe6 at line 1, column 4",
    ],
    ["a byte far behind", padded, "got the byte 0xff at line 2, column 2"],
    ["a surrogate", Buffer.from([0x23, 0xed, 0xa0, 0x80]), "got the byte 0xed at line 1, column 2"],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0, 0]), "got the byte 0x8b at line 1, column 2\n"],
  ])("%s", async (_name, bytes, says) => {
    const { status, stdout, stderr } = await gvpie(["check", "-"], { input: bytes });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`stdin is not UTF-8 text: expected UTF-8, ${says}`);
  });

  test.each(["render", "format", "show", "debug"])("by %s, with the name of the file", async (command) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "x.pxl"), utf16(SOURCE));
    const { status, stderr } = await gvpie([command, "x.pxl"], { cwd });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `gvpie ${command}: x.pxl is not UTF-8 text: expected UTF-8, got UTF-16 LE; convert it with iconv -f UTF-16LE -t UTF-8\n`,
    );
    expect(readdirSync(cwd)).toEqual(["x.pxl"]);
  });

  test("but a UTF-8 byte order mark is no error, and a NUL is one with its place", async () => {
    expect(await gvpie(["check", "-"], { input: "\ufeffHALT\n" })).toMatchObject({ status: 0 });
    expect(await gvpie(["check", "-"], { input: "HALT\0\n" })).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        "stdin:1:5: error: expected no control character except tab, got U+0000",
      ),
    });
  });
});

describe("an argument that is not UTF-8 is named with its bytes", () => {
  /** Runs a script in which `GVPIE` is the command and `E9` the byte 0xe9. */
  function shell(cwd: string, script: string): Promise<ProcessResult> {
    const command = script.replaceAll("GVPIE ", `${SHELL_COMMAND} `).replaceAll("E9", "$(printf '\\351')");
    return runProcess("sh", ["-c", command], { cwd, env: bareEnvironment(), input: "" });
  }

  test.each([
    ["GVPIE render cafE9.pxl", 'argument 2: expected UTF-8, got "caf\\xe9.pxl"'],
    ["GVPIE render x.pxl -o E9.png", 'argument 4: expected UTF-8, got "\\xe9.png"'],
    ["GVPIE render x.pxl --output=日E9.png", 'argument 3: expected UTF-8, got "--output=日\\xe9.png"'],
    ["GVPIE E9", 'argument 1: expected UTF-8, got "\\xe9"'],
    ["GVPIE scripts list --db E9", 'argument 4: expected UTF-8, got "\\xe9"'],
    ["GVPIE_DB=E9 GVPIE scripts list", 'variable GVPIE_DB: expected UTF-8, got "\\xe9"'],
  ])("%s", async (script, says) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "x.pxl"), "HALT\n");
    const { status, stderr } = await shell(cwd, `touch cafE9.pxl; ${script}`);
    expect(status).toBe(2);
    expect(stderr).toContain(`${says}; rename the file`);
  });

  test("U+FFFD itself is accepted in a name", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "\ufffd.pxl"), "HALT\n");
    expect(await gvpie(["render", "\ufffd.pxl"], { cwd })).toMatchObject({ status: 0 });
    expect(await shell(cwd, "touch E9; GVPIE check x -- \ufffd.pxl")).toMatchObject({ status: 1 });
  });

  test("and so is a working directory that a script would be stored with", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "x.png"), await encodePng(renderProgram("HALT")));
    const script = "mkdir E9; cd E9; mv ../x.png .; GVPIE db init; GVPIE scripts add picture x.png";
    const { status, stderr } = await shell(cwd, script);
    expect(status).toBe(1);
    expect(stderr).toContain("expected a directory with a name in UTF-8, got ");
  });
});
