import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import {
  addRevocation,
  CapabilityFileError,
  openRevocations,
  readRevocations,
  type RevocationEvent,
} from "@gvpie/app-common/capability";
import { createTemporaryDirectory, runProcess, waitUntil } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { createRevocationReader } from "../../src/capability/revocations.ts";

const [A, B, C] = ["A", "B", "C"].map((letter) => letter.repeat(42) + "A") as [string, string, string];
const SETTLED = 10_000;

/** A reader with a clock that the test advances. */
function createReader(text?: string) {
  const directory = createTemporaryDirectory();
  const path = directory.join("revoked");
  const write = (contents: string): void => writeFileSync(path, contents, { mode: 0o644 });
  if (text !== undefined) write(text);
  const events: RevocationEvent[] = [];
  const reader = createRevocationReader(path, (event) => events.push(event));
  let now = 0;
  return {
    path,
    write,
    events,
    directory,
    inForce: (): string =>
      [A, B, C]
        .filter(reader.isRevoked)
        .map((id) => id.slice(0, 1))
        .join(""),
    poll: (ms = 0): void => reader.poll((now += ms)),
    [Symbol.dispose]: directory[Symbol.dispose],
  };
}

test("a list has one id a line, with comments and blank lines", () => {
  using files = createReader(`\uFEFF# lost laptop\n${A} # build agent\r\n\n  ${B}  \n#${C}\n${A}`);
  files.poll();
  expect(files.inForce()).toBe("AB");
  expect(files.events).toEqual([{ type: "loaded", path: files.path, count: 2 }]);
});

test.each<[string, string]>([
  ["a short id", A.slice(1)],
  ["a long id", `${A}A`],
  ["bits after the last byte", "A".repeat(42) + "B"],
  ["two ids in a line", `${A} ${B}`],
  ["base64", `${"A".repeat(41)}+A`],
  ["a control character", `\u001b[2J${A}`],
  ["a very long line", "x".repeat(100_000)],
])(
  "a list with %s is refused at the start; the message has the line and no control character",
  (_name, line) => {
    using files = createReader(`${C}\n${line}\n`);
    expect(() => files.poll()).toThrow(CapabilityFileError);
    expect(() => readRevocations(files.path)).toThrow(
      /^expected the id of a block, .* in line 2; correct the line/,
    );
    // oxlint-disable-next-line no-control-regex
    expect(() => readRevocations(files.path)).not.toThrow(/[\u0000-\u001f]|.{400}/);
  },
);

test("a list that others can change is refused at the start", () => {
  using files = createReader(`${A}\n`);
  chmodSync(files.path, 0o666);
  expect(() => files.poll()).toThrow(/got mode 666; check its contents and run chmod go-w/);
});

test("a list of more than 4 MiB is refused", () => {
  using files = createReader(`${A}\n`.repeat(100_000));
  expect(() => files.poll()).toThrow(/of at most 4194304 bytes, got 4400000/);
});

test("a missing file is an empty list, and is read when it appears", () => {
  using files = createReader();
  files.poll();
  expect(files.inForce()).toBe("");
  // It stays missing for longer than a change needs to settle.
  files.poll(2000);
  files.write(`${A}\n`);
  files.poll(2250);
  expect(files.inForce()).toBe("A");
  expect(files.events.map(({ type }) => type)).toEqual(["missing", "loaded"]);
});

describe("the last list stays in force, and the reason is reported once, if the file", () => {
  type Files = ReturnType<typeof createReader>;
  const FAILURES: Readonly<Record<string, readonly [(files: Files) => void, RegExp]>> = {
    disappears: [({ path }) => rmSync(path), /expected a list of revoked blocks, got no file/],
    "becomes writable by others": [({ path }) => chmodSync(path, 0o646), /got mode 646/],
    "becomes a symbolic link": [
      ({ path, directory }) => {
        writeFileSync(directory.join("other"), `${C}\n`);
        rmSync(path);
        symlinkSync("other", path);
      },
      /got a symbolic link/,
    ],
    "becomes a directory": [
      ({ path }) => {
        rmSync(path);
        mkdirSync(path);
      },
      /got a directory/,
    ],
    "can be replaced by others": [
      ({ path, directory, write }) => {
        chmodSync(directory.path, 0o777);
        rmSync(path);
        write(`${C}\n`);
      },
      /writable by others/,
    ],
    "gets a bad line": [({ path }) => appendFileSync(path, `${C}\nnonsense\n`), /got "nonsense" in line 4/],
    "becomes empty": [
      ({ write }) => write(""),
      /got an empty file; to end all revocations, write a comment line/,
    ],
    "becomes too large": [({ write }) => write("#".repeat(5_000_000)), /at most 4194304 bytes/],
  };
  test.each(Object.entries(FAILURES))("%s", (_name, [fail, message]) => {
    using files = createReader(`${A}\n${B}\n`);
    files.poll();
    fail(files);
    for (let i = 0; i < 10; i++) files.poll(SETTLED);
    expect(files.inForce()).toBe("AB");
    expect(files.events).toHaveLength(2);
    const [, event] = files.events;
    expect(event).toMatchObject({ type: "kept", path: files.path, count: 2 });
    expect(event?.type === "kept" && event.error.message).toMatch(message);

    // Afterwards the file counts again.
    chmodSync(files.directory.path, 0o700);
    rmSync(files.path, { recursive: true, force: true });
    files.write(`${B}\n${C}\n`);
    files.poll(250);
    expect(files.inForce()).toBe("ABC");
    expect(files.events.at(-1)).toEqual({ type: "loaded", path: files.path, count: 3 });
    files.poll(SETTLED);
    expect(files.inForce()).toBe("BC");
  });
});

test("an id that a half-written file lacks stays revoked until the file has not changed for a second", () => {
  using files = createReader(`${A}\n${B}\n`);
  files.poll();
  files.write("# being written\n");
  files.poll(250);
  files.poll(999);
  expect(files.inForce()).toBe("AB");
  files.write(`# being written\n${C}\n`);
  files.poll(250);
  files.poll(999);
  expect(files.inForce()).toBe("ABC");
  files.poll(1);
  expect(files.inForce()).toBe("C");
  files.write("# all is well\n");
  files.poll(250);
  files.poll(1000);
  expect(files.inForce()).toBe("");
});

test("a running reader notices edits of the real file, appended or replaced", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("revoked");
  const events: RevocationEvent[] = [];
  const revocations = openRevocations(path, { onEvent: (event) => events.push(event) });
  expect(events).toEqual([{ type: "missing", path }]);
  addRevocation(path, A, "the laptop\nwas lost");
  await waitUntil(() => revocations.isRevoked(A));
  appendFileSync(path, `${B}\n`);
  await waitUntil(() => revocations.isRevoked(B));
  writeFileSync(directory.join("new"), `${C}\n`);
  renameSync(directory.join("new"), path);
  await waitUntil(() => revocations.isRevoked(C) && !revocations.isRevoked(A));
  rmSync(path);
  await waitUntil(() => events.at(-1)?.type === "kept");
  expect(revocations.isRevoked(C)).toBe(true);
  revocations.close();
});

test("without watch events, polls find the change", async () => {
  using directory = createTemporaryDirectory();
  mkdirSync(directory.join("etc"));
  writeFileSync(directory.join("etc/revoked"), `${A}\n`);
  const revocations = openRevocations(directory.join("etc/revoked"));
  // The watch follows the renamed directory.
  renameSync(directory.join("etc"), directory.join("old"));
  mkdirSync(directory.join("etc"));
  writeFileSync(directory.join("etc/revoked"), `${A}\n${B}\n`);
  await waitUntil(() => revocations.isRevoked(B));
  revocations.close();
});

describe("addRevocation", () => {
  test("creates the file, adds each id once, and keeps what is there", () => {
    using directory = createTemporaryDirectory();
    const path = directory.join("revoked");
    expect(addRevocation(path, A, "a \u001b[31mred\n note")).toBe(true);
    expect(addRevocation(path, A)).toBe(false);
    appendFileSync(path, `# no line feed`);
    expect(addRevocation(path, B)).toBe(true);
    expect([...readRevocations(path).ids]).toEqual([A, B]);
  });

  test("refuses what is not an id, and a file that a daemon would not accept", () => {
    using files = createReader(`nonsense\n`);
    expect(() => addRevocation(files.path, "AAAA")).toThrow(TypeError);
    expect(() => addRevocation(files.path, A)).toThrow(/in line 1; correct the line/);
    files.write("");
    chmodSync(files.path, 0o666);
    expect(() => addRevocation(files.path, A)).toThrow(/got mode 666/);
  });

  test("several processes lose no id", async () => {
    using directory = createTemporaryDirectory();
    const path = directory.join("revoked");
    const add = (letter: string): string => `
      const { addRevocation } = await import(${JSON.stringify(import.meta.resolve("@gvpie/app-common/capability"))});
      for (let i = 10; i < 90; i++) addRevocation(${JSON.stringify(path)}, "${letter}".repeat(40) + i + "A");`;
    const results = await Promise.all(
      ["x", "y", "z"].map((letter) =>
        runProcess(process.execPath, [
          "--conditions=@gvpie/source",
          "--input-type=module",
          "-e",
          add(letter),
        ]),
      ),
    );
    expect(results.map(({ status, stderr }) => `${status}${stderr}`)).toEqual(["0", "0", "0"]);
    expect(readRevocations(path).ids.size).toBe(240);
  });
});

test("a private key that is named as a list is not quoted", () => {
  const key = '{"crv":"Ed25519","d":"secret","kty":"OKP","x":"a"}';
  using files = createReader(`${key}\n`);
  expect(() => files.poll(0)).toThrow(/got JSON in line 1/);
  expect(() => addRevocation(files.path, key)).toThrow(/got JSON$/);
});
