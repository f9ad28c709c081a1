import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, statSync } from "node:fs";
import { readPublicKey } from "@gvpie/app-common/capability";
import { inspectCapability, thumbprintOf, verifyCapability } from "@gvpie/capability";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCapabilityDirectory, type CapabilityDirectory } from "./support/capability-directory.ts";

const NOW = Math.floor(Date.now() / 1000);
const HOUR = 3600;
const DAY = 86_400;

let at: CapabilityDirectory;
beforeAll(async () => {
  at = await createCapabilityDirectory();
});
afterAll(() => at[Symbol.dispose]());

const ISSUE = "issue --root-key root --to mine.pub --audience server.pub";
const NARROW = "narrow mine.cap --key mine --to script.pub";

describe("gvpie capability keygen", () => {
  test("creates a key pair, prints its thumbprint, and keeps existing files", async () => {
    const { stdout, stderr } = await at.succeed("keygen fresh");
    const thumbprint = await thumbprintOf(readPublicKey(at.path("fresh.pub")));
    expect(stdout).toBe(`${thumbprint}\n`);
    expect(stderr).toContain("created fresh, the private key, and fresh.pub");
    expect(statSync(at.path("fresh")).mode & 0o777).toBe(0o600);
    const before = at.read("fresh");
    expect(stdout + stderr).not.toContain((JSON.parse(before) as { d: string }).d);

    expect(await at.failure(`keygen ${at.path("fresh")}`)).toMatchObject({ code: "CAPFILE_EXISTS" });
    expect(at.read("fresh")).toBe(before);
  });

  test("refuses the name of a public key", async () => {
    const { name, message } = await at.failure("keygen other.pub");
    expect({ name, message }).toEqual({
      name: "UsageError",
      message: expect.stringContaining('expected the file of the private key, such as "other"'),
    });
    expect(existsSync(at.path("other.pub.pub"))).toBe(false);
  });
});

describe("gvpie capability issue", () => {
  test("writes a capability with the limits of all options", async () => {
    const { stdout, stderr } = await at.succeed(
      `${ISSUE} --operations render_program --pixels 8192 --instructions 100 --painted-pixels 100000 --fuel 5000
        --code-bytes 4096 --frames 8 --backends cpu --programs hello.pxl --programs ${"ab".repeat(32)} --params "time, size"
        --in-flight 2 --queued-bytes 65536 --unread-bytes 1048576 --requests-per-second 2.5 --not-before 1h --expires 30d
        --audience ${at.thumbprints.mine} --purpose "nightly chart" --seal`,
    );
    const capability = await verifyCapability(stdout.trim(), {
      roots: [readPublicKey(at.path("root.pub"))],
      now: () => (NOW + DAY) * 1000,
    });
    expect(capability.limits).toEqual({
      operations: ["render_program"],
      pixels: 8192,
      instructions: 100,
      paintedPixels: 100_000,
      fuel: 5000,
      codeBytes: 4096,
      frames: 8,
      backends: ["cpu"],
      programs: [createHash("sha256").update("TXT 1 1 hi\n").digest("hex"), "ab".repeat(32)],
      params: ["time", "size"],
      inFlight: 2,
      queuedBytes: 65_536,
      unreadBytes: 1_048_576,
      requestsPerSecond: 2.5,
      notBefore: expect.closeTo(NOW + HOUR, -3),
      expires: expect.closeTo(NOW + 30 * DAY, -3),
      audience: [at.thumbprints.server, at.thumbprints.mine],
      purpose: "nightly chart",
    });
    expect(capability.blocks[0].sealed).toBe(true);
    expect(stderr).toContain(`a capability for key ${at.thumbprints.mine}, NOT YET VALID: valid from `);
  });

  test("says that a capability does not expire", async () => {
    const { stdout, stderr } = await at.succeed(`${ISSUE} --params "" -o forever.cap`);
    expect(stdout).toBe("");
    expect(stderr).toContain(`wrote forever.cap: a capability for key ${at.thumbprints.mine}, without end\n`);
    expect(stderr).toContain("note: it does not expire; --expires 30d ends it");
    const { limits } = await inspectCapability(at.read("forever.cap"));
    expect(limits.params).toEqual([]);
  });

  test.each([
    [
      "issue --to mine.pub --audience server.pub",
      2,
      "expected --root-key <file>; gvpie capability keygen root creates",
    ],
    [
      "issue --root-key root --audience server.pub",
      2,
      "expected --to <file.pub>, the public key of the holder",
    ],
    [
      "issue --root-key root --to mine.pub",
      2,
      "expected --audience <file.pub|thumbprint>, the public key of the server",
    ],
    [
      "issue --root-key root.pub --to mine.pub --audience server.pub",
      1,
      "--root-key: expected a private key, got a public one: root.pub; name the other file of the pair, root",
    ],
    [
      "issue --root-key root --to mine --audience server.pub",
      1,
      "--to: expected a public key, got a private one: mine; name the other file of the pair, mine.pub",
    ],
    [
      "issue --root-key root --to mine.cap --audience server.pub",
      1,
      "--to: expected a public key, got a capability: mine.cap",
    ],
    [
      "issue --root-key mine.cap --to mine.pub --audience server.pub",
      1,
      "expected a private key, got a capability: mine.cap",
    ],
    [
      "issue --root-key root --to mine.pub --audience nowhere.pub",
      1,
      "--audience: expected a public key, got no file at nowhere.pub; gvpie capability keygen creates a key pair",
    ],
    [
      `${ISSUE} --expires 2020-01-01`,
      2,
      "--expires: expected a time to come, such as 30d, got 2020-01-01 00:00:00 UTC, ",
    ],
    [`${ISSUE} --expires 30`, 2, "such as 30d, got 1970-01-01 00:00:30 UTC"],
    [`${ISSUE} --expires soon`, 2, "--expires: expected a time such as 30d"],
    [`${ISSUE} --not-before 2h --expires 1h`, 2, "--not-before: expected a time before --expires"],
    [`${ISSUE} --pixels 8k`, 2, '--pixels: expected a whole number from 0 to 9007199254740991, got "8k"'],
    [`${ISSUE} --pixels 9999999999999999`, 2, "--pixels: expected a whole number"],
    [`${ISSUE} --requests-per-second 0`, 2, "--requests-per-second: expected a number from 0.001 to 1000000"],
    [`${ISSUE} --operations render`, 2, '--operations: expected render_program or ping, got "render"'],
    [`${ISSUE} --backends cpu,`, 2, '--backends: expected cpu or webgpu, got ""'],
    [`${ISSUE} --params 1x`, 2, "--params: expected a name of"],
    [`${ISSUE} --programs missing.pxl`, 1, "cannot read missing.pxl: no such file or directory"],
    [`${ISSUE} --audience ""`, 2, '--audience: expected the file of a public key, got ""'],
    [`${ISSUE} --purpose "${"x".repeat(257)}"`, 1, "expected at most 256 characters"],
    [
      `${ISSUE} --expires 1d -o mine`,
      1,
      "-o: expected the file of a capability, got one that holds a private key: mine",
    ],
  ])("%s", async (args, status, message) => {
    const key = at.read("mine");
    const error = await at.failure(args);
    expect(error.message).toContain(message);
    expect(error.name === "UsageError").toBe(status === 2);
    expect(at.read("mine")).toBe(key);
  });

  test("refuses a private key that others can read, and says how to protect it", async () => {
    copyFileSync(at.path("root"), at.path("wide"));
    chmodSync(at.path("wide"), 0o644);
    expect(
      await at.failure(`issue --root-key ${at.path("wide")} --to mine.pub --audience server.pub`),
    ).toMatchObject({
      code: "CAPFILE_UNSAFE",
      message: expect.stringMatching(/only its owner can use, got mode 644; run chmod 600 on it/),
    });
  });
});

describe("gvpie capability narrow", () => {
  test("adds a block for the next holder, from a file or from stdin", async () => {
    const text = at.read("mine.cap");
    const { stdout, stderr } = await at.succeed(
      "narrow - --key mine --to script.pub --pixels 8192 --expires 12h --purpose chart",
      { input: `\n${text}\n` },
    );
    const { limits, blocks } = await verifyCapability(stdout.trim(), {
      roots: [readPublicKey(at.path("root.pub"))],
      audience: at.thumbprints.server,
    });
    expect(blocks).toHaveLength(2);
    expect(limits).toMatchObject({ pixels: 8192, backends: ["cpu"], purpose: "chart" });
    expect(stderr).toMatch(
      new RegExp(
        `^a capability for key ${at.thumbprints.script}, until .* UTC, 12 hours from now \\(block 2\\)\n$`,
      ),
    );
  });

  test("says which limits have no effect", async () => {
    const { stderr } = await at.succeed(
      `${NARROW} --pixels 100000 --expires 60d --backends webgpu,cpu --operations ping -o wide.cap`,
    );
    expect(stderr.split("\n").slice(1)).toEqual([
      "note: --pixels has no effect: block 1 already says at most 65,536 pixels of one canvas, or of all frames of one reply",
      "note: --backends has no effect: block 1 already says only cpu",
      expect.stringMatching(/^note: --expires has no effect: block 1 already says until .* UTC$/),
      "",
    ]);
  });

  test("says that nothing is left", async () => {
    const { stderr } = await at.succeed(`${NARROW} --backends webgpu -o none.cap`);
    expect(stderr).toContain("note: --backends webgpu has no effect: an earlier block does not allow it\n");
    expect(stderr).toContain("note: the capability allows no backends\n");
  });

  test.each([
    [
      "narrow mine.cap --to script.pub",
      2,
      "expected --key <file>, the private key of the capability's holder",
    ],
    ["narrow mine.cap --key mine", 2, "expected --to <file.pub>, the public key of the next holder"],
    [
      "narrow mine --key mine --to script.pub",
      1,
      "expected a capability, as gvpie capability issue writes it, got a private key: mine",
    ],
    ["narrow nowhere.cap --key mine --to script.pub", 1, "expected a capability, got no file at nowhere.cap"],
    ["narrow hello.pxl --key mine --to script.pub", 1, "expected header.payload.signature"],
    [`${NARROW} -o mine.cap`, 1, "it is the input file; name another file with -o"],
    [`${NARROW} -o mine`, 1, "got one that holds a private key: mine"],
    [`${NARROW} --audience mine`, 1, "--audience: expected a public key, got a private one: mine"],
  ])("%s", async (args, status, message) => {
    expect(await at.run(args)).toMatchObject({
      status,
      stdout: "",
      stderr: expect.stringContaining(message),
    });
  });

  test("names the holder whose key is needed", async () => {
    expect(await at.failure("narrow mine.cap --key script --to script.pub")).toMatchObject({
      code: "CAP_WRONG_KEY",
      message: `--key: expected the private key of the holder, key ${at.thumbprints.mine}, got script, key ${at.thumbprints.script}`,
    });
  });
});
