import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type AuditEntry, CapabilityFileError, openAudit, readAudit } from "@gvpie/app-common/capability";
import { createTemporaryDirectory, isRoot, runProcess, skipVisibly } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { rotate } from "../../src/capability/audit-rotation.ts";

const MODULE = JSON.stringify(import.meta.resolve("@gvpie/app-common/capability"));
const NAMESPACE: readonly [string, ...string[]] = isRoot ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

const refusal = (id: string, rest: Partial<AuditEntry> = {}): AuditEntry => ({
  type: "refused",
  via: "spool",
  code: "CAP_EXPIRED",
  id,
  ...rest,
});
const idsOf = (path: string): readonly (string | undefined)[] => Array.from(readAudit(path), ({ id }) => id);
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

/** Runs code in a process of its own. */
async function run(code: string, wrapper: readonly string[] = []): Promise<string> {
  const source = `const { openAudit, readAudit } = await import(${MODULE});\n${code}`;
  const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", source];
  const { status, stdout, stderr } = await runProcess(process.execPath, args, { wrapper });
  expect(`${status}${stderr}`).toBe("0");
  return stdout;
}

test("a record is one line of JSON with the first and the last block, and without the capability", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path);
  const capability = {
    text: "secret?",
    blocks: [{ id: "first" }, { id: "middle" }, { id: "last" }],
    limits: { purpose: "nightly builds" },
  };
  audit.write({ type: "first-use", via: "spool", id: "1", client: "agent", capability });
  audit.write({
    type: "refused",
    via: "slot",
    code: "FSOCK_CAPABILITY_REQUIRED",
    message: "expected a capability",
  });
  audit.close();
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect([...readAudit(path)]).toEqual([
    {
      time,
      type: "first-use",
      via: "spool",
      id: "1",
      client: "agent",
      root: "first",
      leaf: "last",
      purpose: "nightly builds",
    },
    {
      time,
      type: "refused",
      via: "slot",
      code: "FSOCK_CAPABILITY_REQUIRED",
      message: "expected a capability",
    },
  ]);
  expect(readFileSync(path, "utf8")).not.toContain("secret?");
});

test("hostile text stays on its line, is escaped and is cut", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path);
  const hostile = '\n{"time":"2000","type":"first-use"}\n\u001b[2J\u202e\u2028"}';
  audit.write(refusal(hostile, { client: hostile, message: "x".repeat(1_000_000) }));
  audit.close();
  const text = readFileSync(path, "utf8");
  expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,2000}\n$/u);
  expect([...readAudit(path)]).toMatchObject([{ type: "refused", id: hostile, client: hostile }]);
});

test("rotation keeps the newest records in order, each file within its size, and no other file", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path, { maxBytes: 1000, keep: 3 });
  for (const id of numbers(500)) audit.write(refusal(id));
  audit.close();
  expect(readdirSync(directory.path).sort()).toEqual(["audit", "audit.1", "audit.2", "audit.3"]);
  for (const name of readdirSync(directory.path)) {
    expect(statSync(directory.join(name))).toMatchObject({ mode: 0o100600 });
    expect(statSync(directory.join(name)).size).toBeLessThanOrEqual(1000);
  }
  const ids = idsOf(path);
  expect(ids.length).toBeGreaterThan(25);
  expect(ids).toEqual(numbers(500).slice(-ids.length));
});

test("a record larger than a file is written all the same", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path, { maxBytes: 10, keep: 2 });
  for (const id of numbers(4)) audit.write(refusal(id));
  audit.close();
  expect(idsOf(path)).toEqual(["1", "2", "3"]);
});

test("after a file was moved away or removed, records go to a new one", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path);
  audit.write(refusal("a"));
  renameSync(path, `${path}.1`);
  audit.write(refusal("b"));
  expect(idsOf(path)).toEqual(["a", "b"]);
  rmSync(path);
  audit.write(refusal("c"));
  audit.close();
  expect(idsOf(path)).toEqual(["a", "c"]);
});

test.each([2, 20, 60])(
  "a line that lacks its last %i bytes is skipped, and the records around it are read",
  (missing) => {
    using directory = createTemporaryDirectory();
    const path = directory.join("audit");
    const first = openAudit(path);
    first.write(refusal("a"));
    first.write(refusal("torn"));
    first.close();
    truncateSync(path, statSync(path).size - missing);
    const { size } = statSync(path);
    expect(idsOf(path)).toEqual(["a"]);
    const second = openAudit(path);
    second.write(refusal("b"));
    second.close();
    expect(idsOf(path)).toEqual(["a", "b"]);
    // The record begins a line.
    expect(JSON.parse(readFileSync(path, "utf8").split("\n").at(-2) ?? "")).toMatchObject({ id: "b" });
    // Another process, which does not know of the torn line, continues it.
    truncateSync(path, size);
    appendFileSync(path, `${JSON.stringify({ time: "2026", ...refusal("c") })}\n`);
    expect(idsOf(path)).toEqual(["a", "c"]);
  },
);

test("lines that are not records are skipped, of any size", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const record = JSON.stringify({ time: "2026", ...refusal("a") });
  const lines = [
    "",
    "null",
    "[]",
    '{"time":',
    '{"time":"',
    "\u0000".repeat(100),
    "x".repeat(1_000_000),
    record,
    '"',
  ];
  writeFileSync(path, lines.join("\n"));
  expect(idsOf(path)).toEqual(["a"]);
});

test("several processes write and rotate together: each record of the kept files is whole, and none is there twice", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const write = (name: string): string => `
    const audit = openAudit(${JSON.stringify(path)}, { maxBytes: 20_000, keep: 40, onFailure: (error) => console.log(String(error)) });
    for (let i = 0; i < 1500; i++) audit.write({ type: "refused", via: "spool", id: "${name}" + i, message: "m".repeat(i % 100) });`;
  expect(await Promise.all(["a", "b", "c"].map(async (name) => run(write(name))))).toEqual(["", "", ""]);
  const ids = Array.from(readAudit(path, { keep: 40 }), ({ id }) => id ?? "");
  expect(readdirSync(directory.path).filter((name) => name.endsWith(".lock"))).toEqual([]);
  expect(readdirSync(directory.path).length).toBeGreaterThan(10);
  expect(ids).toHaveLength(4500);
  expect(new Set(ids).size).toBe(4500);
  for (const name of ["a", "b", "c"]) {
    expect(ids.filter((id) => id.startsWith(name)).map((id) => Number(id.slice(1)))).toEqual(
      numbers(1500).map(Number),
    );
  }
});

test("a reader that runs while files are rotated sees each kept record once", async () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path, { maxBytes: 1000, keep: 9 });
  let next = 0;
  for (let round = 0; round < 50; round++) {
    const end = next;
    const records = readAudit(path, { keep: 9 });
    const seen: number[] = [];
    if (end > 0) seen.push(Number(records.next().value?.id));
    for (let i = 0; i < 20; i++) audit.write(refusal(`${next++}`));
    if (end > 0) for (const { id } of records) seen.push(Number(id));
    expect(seen).toEqual(
      numbers(next)
        .map(Number)
        .slice(seen[0] ?? next, (seen.at(-1) ?? 0) + 1),
    );
    expect(seen.at(-1) ?? -1).toBeGreaterThanOrEqual(end - 1);
  }
  audit.close();
});

test("a file that a rotation renames while files are opened is read once", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path);
  audit.write(refusal("a"));
  audit.close();
  linkSync(path, `${path}.1`);
  expect(idsOf(path)).toEqual(["a"]);
});

test("a file that another process has just rotated is not rotated again", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  writeFileSync(path, "x".repeat(100));
  expect(rotate(path, { maxBytes: 100, keep: 1 })).toBe(true);
  expect(readdirSync(directory.path)).toEqual(["audit"]);
  expect(rotate(path, { maxBytes: 99, keep: 1 })).toBe(true);
  expect(readdirSync(directory.path)).toEqual(["audit.1"]);
});

test("the lock of a process that died is removed; a recent one only delays the rotation", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("audit");
  const audit = openAudit(path, { maxBytes: 1000, keep: 1 });
  writeFileSync(`${path}.lock`, "");
  for (const id of numbers(50)) audit.write(refusal(id));
  expect(idsOf(path)).toEqual(numbers(50));
  expect(existsSync(`${path}.1`)).toBe(false);
  utimesSync(`${path}.lock`, 1, 1);
  for (const id of ["x", "y"]) audit.write(refusal(id));
  audit.close();
  expect(readdirSync(directory.path).sort()).toEqual(["audit", "audit.1"]);
  expect(idsOf(path)).toEqual([...numbers(50), "x", "y"]);
});

describe("a file that is not safe to write to is refused at the start", () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ["readable by others", (path) => writeFileSync(path, "", { mode: 0o644 }), /got mode 644; run chmod 600/],
    ["a symbolic link", (path) => symlinkSync("elsewhere", path), /got a symbolic link/],
    ["a directory", (path) => mkdirSync(path), /EISDIR/],
    ["a FIFO", (path) => spawnSync("mkfifo", ["-m", "600", path]), /got a FIFO/],
    [
      "a hard link",
      (path) => {
        writeFileSync(`${path}.real`, "", { mode: 0o600 });
        linkSync(`${path}.real`, path);
      },
      /got 2 hard links/,
    ],
    ["replaceable", (path) => chmodSync(path.replace("/audit", ""), 0o777), /writable by others/],
  ])("%s", (_name, prepare, message) => {
    using directory = createTemporaryDirectory();
    prepare(directory.join("audit"));
    expect(() => openAudit(directory.join("audit"))).toThrow(CapabilityFileError);
    expect(() => openAudit(directory.join("audit"))).toThrow(message);
  });
});

test("a missing audit file is named by the reader", () => {
  using directory = createTemporaryDirectory();
  expect(() => [...readAudit(directory.join("audit"))]).toThrow(
    `got none; check the path (${directory.join("audit")})`,
  );
});

test("a full disk is reported once, later records are kept, and a torn line harms no other", async (context) => {
  const [command, ...args] = NAMESPACE;
  if (spawnSync(command, [...args, "mount", "-t", "tmpfs", "none", "/mnt"]).status !== 0) {
    skipVisibly(context, "no file system can be mounted here");
  }
  const stdout = await run(
    `
    const { spawnSync } = await import("node:child_process");
    const { readFileSync, rmSync, writeFileSync } = await import("node:fs");
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "none", "/mnt"]).status !== 0) process.exit(9);
    const failures = [];
    const audit = openAudit("/mnt/audit", { maxBytes: 4000, keep: 2, onFailure: (error) => failures.push(error?.code ?? "written again") });
    const write = (from, to) => { for (let i = from; i < to; i++) audit.write({ type: "refused", via: "spool", id: String(i), message: "m".repeat(i % 50) }); };
    write(0, 20);
    try { writeFileSync("/mnt/filler", Buffer.alloc(1 << 20)); } catch {}
    write(100, 200);
    const full = readFileSync("/mnt/audit", "latin1").endsWith("\\n") ? "" : "torn ";
    rmSync("/mnt/filler");
    write(200, 210);
    const ids = Array.from(readAudit("/mnt/audit"), ({ id }) => Number(id));
    console.log(failures.join(", "), ids.every((id, i) => i === 0 || id > ids[i - 1]), ids.filter((id) => id >= 200).length);`,
    NAMESPACE,
  );
  expect(stdout).toBe("CAPFILE_STORAGE, written again true 10\n");
});

test("a directory that vanishes is reported once and stops nothing", () => {
  using directory = createTemporaryDirectory();
  mkdirSync(directory.join("log"));
  const failures: (string | undefined)[] = [];
  const audit = openAudit(directory.join("log/audit"), {
    onFailure: (error) => failures.push(error?.message),
  });
  rmSync(directory.join("log"), { recursive: true });
  for (let i = 0; i < 5; i++) audit.write(refusal("lost"));
  mkdirSync(directory.join("log"));
  audit.write(refusal("kept"));
  audit.close();
  expect(failures).toEqual([expect.stringContaining(directory.join("log/audit")), undefined]);
  expect(idsOf(directory.join("log/audit"))).toEqual(["kept"]);
});

test("a file that is not an audit, such as a private key, is refused and not changed", () => {
  using directory = createTemporaryDirectory();
  const path = directory.join("server.key");
  const text = '{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}\n';
  writeFileSync(path, text, { mode: 0o600 });
  expect(() => openAudit(path)).toThrow(
    /expected an audit file or a new one, got a file with other contents/,
  );
  expect(readFileSync(path, "utf8")).toBe(text);
  // A full disk may have cut the first record.
  writeFileSync(path, '{"ti');
  const audit = openAudit(path);
  audit.write(refusal("1"));
  audit.close();
  openAudit(path).close();
  expect(idsOf(path)).toEqual(["1"]);
});
