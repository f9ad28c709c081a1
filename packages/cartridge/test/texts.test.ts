// Two readers of a cartridge's texts find the same; texts that only inform do not decide.

import { decodeCartridge, encodeCartridge, readCartridgeMetadata, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";
import {
  ascii,
  chunk,
  chunksOf,
  compressedTextChunk,
  idat,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
  textChunk,
} from "./support/chunks.ts";

const program = "RECT 1 0 2 1\nHALT\n";
const frame = renderProgram(program, { width: 4, height: 2 });
const render = renderProgram;

function iTXt(keyword: string, text: string): RawChunk {
  return chunk("iTXt", ascii(`${keyword}\0\0\0\0\0${text}`));
}

const isText = (wanted: string) => (part: RawChunk) =>
  part.type === "tEXt" && String.fromCharCode(...part.data).startsWith(`${wanted}\0`);

/** Returns a cartridge with one text replaced by chunks, directly after IHDR or directly before IEND. */
async function cartridgeWith(
  replaced: string | undefined,
  extra: readonly RawChunk[],
  place: "first" | "last" = "first",
): Promise<Uint8Array> {
  const png = await encodeCartridge(frame, { program, language: "1" });
  const chunks = chunksOf(png).filter((part) => replaced === undefined || !isText(replaced)(part));
  return pngOf(chunks.toSpliced(place === "first" ? 1 : -1, 0, ...extra));
}

/** Returns a file without a record: another program's picture. */
function pictureWith(...extra: readonly RawChunk[]): Uint8Array {
  return pngOf([ihdr(1, 1, 1, 0), ...extra, idat([0, 128]), IEND]);
}

async function outcome(png: Uint8Array): Promise<string> {
  return verifyCartridge(png, { render }).then(
    ({ status }) => status,
    (error: unknown) => (error as { code: string }).code,
  );
}

const OTHER = '{"v":1,"program":"TXT 0 0 ANOTHER","width":4,"height":2}';

describe("two readers, two answers: a keyword of ours in any mix of chunks is refused", () => {
  const forms = { tEXt: textChunk, zTXt: compressedTextChunk, iTXt };
  const keywords = { gvpie: OTHER, checksum: "0".repeat(64), cartridge_type: "pixel" };
  const cases = Object.entries(keywords).flatMap(([keyword, text]) =>
    Object.entries(forms).flatMap(([type, form]) =>
      (["first", "last"] as const).map((place) => ({ keyword, type, place, extra: form(keyword, text) })),
    ),
  );
  test.each(cases)("$keyword again, in $type, $place", async ({ extra, place }) => {
    const png = await cartridgeWith(undefined, [extra], place);
    expect(await outcome(png)).toBe("CARTRIDGE_BAD_METADATA");
    await expect(decodeCartridge(png)).rejects.toMatchObject({ code: "CARTRIDGE_BAD_METADATA" });
    expect(() => readCartridgeMetadata(png)).toThrowError(
      expect.objectContaining({ code: "CARTRIDGE_BAD_METADATA" }),
    );
  });

  test.each(["gvpie", "checksum", "cartridge_type"] as const)(
    "%s twice, equal, both compressed, or in another case",
    async (keyword) => {
      const text = keywords[keyword];
      const [a, b] = [compressedTextChunk(keyword, text), compressedTextChunk(keyword, text)];
      expect(await outcome(await cartridgeWith(keyword, [a, b]))).toBe("CARTRIDGE_BAD_METADATA");
      const upper = textChunk(keyword.toUpperCase(), text);
      expect(await outcome(await cartridgeWith(undefined, [upper]))).toBe("CARTRIDGE_BAD_METADATA");
    },
  );

  test.each(["gvpie", "checksum", "cartridge_type"] as const)(
    "%s only in iTXt, which Pillow shows, beside other texts of a cartridge",
    async (keyword) => {
      expect(await outcome(await cartridgeWith(keyword, [iTXt(keyword, keywords[keyword])]))).toBe(
        "CARTRIDGE_BAD_METADATA",
      );
    },
  );

  test("all of them in iTXt alone: not a cartridge", async () => {
    const texts = Object.entries(keywords).map(([keyword, text]) => iTXt(keyword, text));
    expect(await outcome(pictureWith(...texts))).toBe("stripped");
  });

  test.each([
    ["Latin-1 or UTF-8", '{"v":1,"program":"TXT 0 0 é","width":4,"height":2}'],
    ["a text after the first NUL", `${OTHER}\0${OTHER}`],
    ["a second object", `${OTHER}${OTHER}`],
    ["a comma at the end", '{"v":1,"width":4,"height":2,}'],
  ])("the record: %s", async (_, text) => {
    expect(await outcome(await cartridgeWith("gvpie", [textChunk("gvpie", text)]))).toBe(
      "CARTRIDGE_BAD_METADATA",
    );
  });
});

describe("two readers, two answers: JSON on which parsers disagree is refused", () => {
  const rest = '"width":4,"height":2';
  test.each([
    ["a key twice", `{"v":1,"program":"A","program":"B",${rest}}`],
    ["a key twice, once by escapes", `{"v":1,"program":"A","\\u0070rogram":"B",${rest}}`],
    ["a key twice with the same value", `{"v":1,"v":1,${rest}}`],
    ["a key twice in params", `{"v":1,${rest},"params":{"x":1,"x":2}}`],
    ["a key twice in limits", `{"v":1,${rest},"limits":{"fuel":1,"fuel":2}}`],
    ["a key twice deep in an unknown key", `{"v":1,${rest},"more":[{"a":[{"b":1,"b":1}]}]}`],
    ["an empty key twice", `{"v":1,${rest},"":0,"":0}`],
    ["a key twice with a quote in it", `{"v":1,${rest},"\\"":0,"\\u0022":0}`],
    ["a key twice, spaced", `{"v" : 1 , "width"\n:\t4,"width" :5,"height":2}`],
    ["__proto__ twice", `{"v":1,${rest},"__proto__":1,"__proto__":2}`],
    ["a program and the SHA-256 of one", `{"v":1,"program":"A","programSha256":"${"0".repeat(64)}",${rest}}`],
    ["a fraction of zero", '{"v":1,"width":4.0,"height":2}'],
    ["an exponent", '{"v":1,"width":4e0,"height":2}'],
    ["a version with an exponent", `{"v":10e-1,${rest}}`],
    ["minus zero", `{"v":1,${rest},"params":{"x":-0}}`],
    ["a number beyond 2⁵³", `{"v":1,${rest},"params":{"x":9007199254740993}}`],
    ["more digits than a double has", `{"v":1,${rest},"params":{"x":0.1000000000000000055}}`],
    ["a number that is infinite", `{"v":1,${rest},"more":1e999}`],
  ])("%s", async (_, text) => {
    const png = await cartridgeWith("gvpie", [textChunk("gvpie", text)]);
    expect(await outcome(png)).toBe("CARTRIDGE_BAD_METADATA");
  });

  test.each([
    [`{"v":1,"v":1,${rest}}`, 'expected each key once, got "\\"v\\"" at offset 7'],
    ['{"v":1,"width":4.0,"height":2}', 'expected the number as 4, got "4.0" at offset 15'],
  ])("%s: the message has the text and its place", async (text, message) => {
    const png = await cartridgeWith("gvpie", [textChunk("gvpie", text)]);
    expect(() => readCartridgeMetadata(png)).toThrow(message);
  });

  test.each([
    ["a key of another object", `{"v":1,${rest},"a":{"v":1,"a":{"v":2}},"b":["v","v"]}`],
    ["equal values", `{"v":1,${rest},"a":"v","b":"v"}`],
    ["numbers as JavaScript writes them", `{"v":1,${rest},"params":{"a":-1.5,"b":1e+21,"c":1e-7,"d":0}}`],
    ["keys that differ in case", `{"v":1,${rest},"V":2}`],
    ["brackets and numbers within strings", `{"v":1,${rest},"a":"{\\"v\\":1.0,[","b":"\\\\"}`],
  ])("but read: %s", async (_, text) => {
    const png = await cartridgeWith("gvpie", [textChunk("gvpie", text)]);
    expect(readCartridgeMetadata(png).gvpie).toMatchObject({ width: 4, height: 2 });
  });

  test("a deep record takes no stack", async () => {
    const deep = `{"v":1,${rest},"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    const png = await cartridgeWith("gvpie", [textChunk("gvpie", deep)]);
    expect(["no-program", "CARTRIDGE_BAD_METADATA"]).toContain(await outcome(png));
  });
});

describe("the language of a record", () => {
  const recordIn = (language: string) =>
    cartridgeWith("gvpie", [
      textChunk("gvpie", `{"v":1,"program":"RECT 1 0 2 1","language":${language},"width":4,"height":2}`),
    ]);

  test.each([
    '""',
    '"0"',
    '"01"',
    '"1.0"',
    '"v1"',
    '"1 "',
    '"-1"',
    '"1\\u202e"',
    '"\\uff11"',
    '"1\\u0000"',
    '"1000000000"',
    "1",
    "null",
  ])("refused if malformed: %s", async (language) => {
    expect(await outcome(await recordIn(language))).toBe("CARTRIDGE_BAD_METADATA");
  });

  test.each(['"3"', '"10"', '"999999999"'])("needs-newer-language: %s", async (language) => {
    let calls = 0;
    const verification = await verifyCartridge(await recordIn(language), {
      render: (...request) => {
        calls++;
        return render(...request);
      },
    });
    expect(verification.status).toBe("needs-newer-language");
    expect(verification.explanation).toContain(`needs language ${JSON.parse(language) as string}`);
    expect([calls, verification.drawn]).toEqual([0, undefined]);
  });

  test("verified: the newest one", async () => {
    const { status } = await verifyCartridge(await recordIn('"2"'), { render });
    expect(status).toBe("verified");
  });

  test("is required with a program", async () => {
    await expect(encodeCartridge(frame, { program })).rejects.toThrow(
      new TypeError(
        "expected language with program, such as languageOf(program) of @gvpie/pxl-parser, got none: an older reader must be able to say that it is newer",
      ),
    );
    await expect(encodeCartridge(frame)).resolves.toBeInstanceOf(Uint8Array);
  });

  test("is checked when it is written", async () => {
    for (const language of ["", "one", "1\u202e", "01"]) {
      await expect(encodeCartridge(frame, { program, language })).rejects.toThrow(RangeError);
    }
  });
});

describe("texts that only inform do not decide", () => {
  const damaged = (keyword: string) => chunk("zTXt", ascii(`${keyword}\0\0nonsense`));
  const long = "x".repeat(100_000);

  test.each<[string, string | undefined, RawChunk[]]>([
    ["two Software texts", undefined, [textChunk("Software", "GIMP"), textChunk("Software", "pngcrush")]],
    ["a damaged compressed Software", "Software", [damaged("Software")]],
    ["a Software text that is too long", "Software", [textChunk("Software", long)]],
    ["Software in iTXt", "Software", [iTXt("Software", "x")]],
    ["SOFTWARE", undefined, [textChunk("SOFTWARE", "x")]],
    ["two times of creation", undefined, [textChunk("created_at", "1700000000")]],
    ["a time in another form", "created_at", [textChunk("created_at", "yesterday")]],
    ["a damaged compressed time", "created_at", [damaged("created_at")]],
    ["a time that is too long", "created_at", [textChunk("created_at", long)]],
    ["a damaged compressed text of another program", undefined, [damaged("Comment"), damaged("Comment")]],
  ])("verified: %s", async (_, replaced, extra) => {
    const png = await cartridgeWith(replaced, extra);
    expect(await outcome(png)).toBe("verified");
    expect((await decodeCartridge(png)).frame).toEqual(frame);
    expect(readCartridgeMetadata(png).gvpie?.program).toBe(program);
  });

  test.each<[string, RawChunk]>([
    ["of an unknown compression", chunk("zTXt", ascii("Software\0\x07x"))],
    ["that inflates to 64 MiB", compressedTextChunk("Software", new Uint8Array(2 ** 26))],
  ])("read, but not canonical, because Pillow does not open it: a Software text %s", async (_, extra) => {
    const png = await cartridgeWith("Software", [extra]);
    expect(await outcome(png)).toBe("not-canonical");
    expect((await decodeCartridge(png)).frame).toEqual(frame);
    expect(readCartridgeMetadata(png).gvpie?.program).toBe(program);
  });

  test.each<[string, RawChunk[]]>([
    ["two Software texts", [textChunk("Software", "GIMP"), textChunk("Software", "pngcrush")]],
    ["a damaged compressed Software", [damaged("Software")]],
    ["a checksum in another form", [textChunk("checksum", "md5:9e107d9d372bb6826bd81d3542a419d6")]],
    ["a checksum of 65 digits", [textChunk("checksum", "0".repeat(65))]],
    ["a checksum of 64 other characters", [textChunk("checksum", "z".repeat(64))]],
    ["another program's SHA-256", [textChunk("checksum", "0".repeat(64))]],
    ["an empty checksum", [textChunk("checksum", "")]],
    ["two checksums", [textChunk("checksum", "0".repeat(64)), textChunk("checksum", "md5:1")]],
    ["Checksum", [textChunk("Checksum", "0".repeat(64))]],
    ["a damaged compressed checksum", [damaged("checksum")]],
    ["a checksum that is too long", [textChunk("checksum", long)]],
    ["a checksum in iTXt", [iTXt("checksum", "0".repeat(64))]],
    ["a time of creation", [textChunk("created_at", "x"), textChunk("created_at", "y")]],
  ])("stripped, without a record of ours: %s", async (_, extra) => {
    expect(await outcome(pictureWith(...extra))).toBe("stripped");
    await expect(decodeCartridge(pictureWith(...extra))).rejects.toMatchObject({
      code: "CARTRIDGE_NO_METADATA",
    });
  });

  test.each([
    ["of 65 digits", "0".repeat(65)],
    ["of another kind", "md5:9e107d9d372bb6826bd81d3542a419d6"],
    ["with a line feed", `${"0".repeat(64)}\n`],
  ])("stripped, not altered: a checksum %s in place of ours", async (_, text) => {
    const verification = await verifyCartridge(
      await cartridgeWith("checksum", [textChunk("checksum", text)]),
      {
        render,
      },
    );
    expect(verification.status).toBe("stripped");
    expect(verification.explanation).not.toContain("altered");
    expect(verification.metadata?.checksum).toBeUndefined();
  });
});

describe("bidi, zero-width, tag and control characters in texts that are shown are escaped", () => {
  const hidden = [
    "\u202e",
    "\u2066",
    "\u200b",
    "\u2060",
    "\u{e0041}",
    "\u009b",
    "\u001b",
    "\u2028",
    "\u3164",
    "\ufe0f",
    "\u00ad",
  ];

  test.each(hidden.map((character) => [character.codePointAt(0)?.toString(16), character]))(
    "U+%s in a program that fails",
    async (code, character) => {
      const png = await encodeCartridge(frame, { program: `NONSENSE${character} 1`, language: "1" });
      const { status, explanation } = await verifyCartridge(png, {
        render: (source) => {
          throw Object.assign(new Error(`unknown opcode in ${source}`), { code: "PXL_UNKNOWN_OPCODE" });
        },
      });
      expect(status).toBe("not-reproducible");
      expect(explanation).toContain(`NONSENSE\\u{${code}}`);
      expect(explanation).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    },
  );

  test("a type with control characters", async () => {
    const png = pictureWith(textChunk("cartridge_type", "audio\u009b31m\u001b"));
    await expect(verifyCartridge(png, { render })).rejects.toThrow(/expected ASCII/);
    const escape = pictureWith(textChunk("cartridge_type", "audio\u001b[31m"));
    await expect(verifyCartridge(escape, { render })).rejects.toThrow(/got "audio\\u001b\[31m"/);
  });
});
