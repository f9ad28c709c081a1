import { existsSync } from "node:fs";
import { openAudit, readPrivateKey, readPublicKey } from "@gvpie/app-common/capability";
import { inspectCapability, narrowCapability } from "@gvpie/capability";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeValidity, validityOf } from "../src/capability/explain.ts";
import { createCapabilityDirectory, type CapabilityDirectory } from "./support/capability-directory.ts";

const NOW = Math.floor(Date.now() / 1000);
const HOUR = 3600;
const DAY = 86_400;

let at: CapabilityDirectory;
beforeAll(async () => {
  at = await createCapabilityDirectory();
});
afterAll(() => at[Symbol.dispose]());

describe("gvpie capability inspect", () => {
  test("explains a capability block by block, and says that it verifies nothing", async () => {
    const text = await narrowCapability(at.read("mine.cap"), {
      key: readPrivateKey(at.path("mine")),
      to: readPublicKey(at.path("script.pub")),
      limits: { pixels: 8192, inFlight: 2, fuel: 1, programs: ["ab".repeat(32)], purpose: "nightly" },
      sealed: true,
    });
    const [first, second] = (await inspectCapability(text)).blocks.map(({ id }) => id);
    const { status, stdout, stderr } = await at.run("inspect -", { input: text, env: { TZ: "Asia/Tokyo" } });
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+09:00 \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)`;
    expect(status).toBe(0);
    expect(stdout.replaceAll(new RegExp(time, "g"), "<time>").replaceAll(/ +$/gm, "")).toBe(
      `holder   key ${at.thumbprints.script}, who cannot narrow it further: it is sealed
issuer   root key ${at.thumbprints.root}
server   ${at.thumbprints.server}
valid    until <time>, 30 days from now (block 1)
purpose  nightly (block 2)

limits, and the blocks that set them:
  operations  only render_program, ping                                          block 1
  pixels      at most 8,192 pixels of one canvas, or of all frames of one reply  block 2
  fuel        at most 1 step                                                     block 2
  backends    only cpu                                                           block 1
  programs    only abababababab                                                  block 2
  inFlight    at most 2 requests that wait or run at the same time               block 2
  as the server allows: instructions, paintedPixels, codeBytes, frames, params, queuedBytes,
                        unreadBytes, requestsPerSecond

blocks:
  1  id ${first}
     for key ${at.thumbprints.mine}
     operations  only render_program, ping
     pixels      at most 65,536 pixels of one canvas, or of all frames of one reply
     backends    only cpu
     expires     until <time>
     audience    only ${at.thumbprints.server}
  2  id ${second}
     for key ${at.thumbprints.script}, sealed
     pixels    at most 8,192 pixels of one canvas, or of all frames of one reply
     fuel      at most 1 step
     programs  only abababababab
     inFlight  at most 2 requests that wait or run at the same time
     purpose   "nightly"
`,
    );
    expect(stderr).toBe(
      "inspect verifies no signature; gvpie capability verify - --root-key <file.pub> does\n",
    );
  });

  test.each([
    [{ expires: NOW - 2 * HOUR }, "EXPIRED: it was valid until ", "2 hours ago (block 1)", "expired"],
    [
      { notBefore: NOW + 3 * DAY },
      "NOT YET VALID: valid from ",
      "3 days from now (block 1); without end",
      "not yet valid",
    ],
    [
      { notBefore: NOW + DAY, expires: NOW },
      "NEVER VALID: it begins ",
      ", and ends before: until ",
      "never valid",
    ],
    [{ notBefore: NOW - DAY }, "since ", "24 hours ago (block 1); without end", "valid"],
  ] as const)("says plainly that %j is not valid", async (limits, words, more, validity) => {
    const capability = await inspectCapability(await at.issue(limits));
    const shown = describeValidity(capability, NOW);
    expect(shown).toContain(words);
    expect(shown).toContain(more);
    expect(validityOf(capability.limits, NOW)).toBe(validity);
  });

  test("prints everything as JSON", async () => {
    const { stdout } = await at.succeed("inspect mine.cap --json");
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "capability",
      verified: false,
      validity: "valid",
      holder: at.thumbprints.mine,
      limits: { pixels: 65_536 },
      limitedBy: { pixels: 1 },
      blocks: [{ number: 1, holder: at.thumbprints.mine, sealed: false, limits: { pixels: 65_536 } }],
    });
  });

  test("prints the thumbprint of a key, never the key", async () => {
    const secret = (JSON.parse(at.read("mine")) as { d: string }).d;
    for (const args of ["inspect mine", "inspect mine.pub --json"]) {
      const { stdout, stderr } = await at.succeed(args);
      expect(stdout).toContain(at.thumbprints.mine);
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  test("reports the code of a text that is not a capability", async () => {
    const { status, stdout } = await at.run("inspect - --json", { input: "a.b.c" });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.stringMatching(/^CAP_/) } });
  });
});

describe("gvpie capability verify and revoke", () => {
  test("accepts a valid capability", async () => {
    const { stdout, stderr } = await at.succeed("verify mine.cap --root-key script.pub --root-key root.pub");
    expect(stdout).toContain(`valid mine.cap: a capability for key ${at.thumbprints.mine}, until `);
    expect(stderr).toBe(
      "note: any server is accepted without --server\nnote: revocations are not checked without --revoked\n",
    );
    const { stdout: json } = await at.succeed(
      "verify mine.cap --root-key root.pub --server server.pub --json",
    );
    expect(JSON.parse(json)).toMatchObject({
      status: "valid",
      root: at.thumbprints.root,
      holder: at.thumbprints.mine,
    });
  });

  test("a revoked block is refused, with all that was narrowed from it", async () => {
    const text = await narrowCapability(at.read("mine.cap"), {
      key: readPrivateKey(at.path("mine")),
      to: readPublicKey(at.path("script.pub")),
      limits: {},
    });
    at.write("narrowed.cap", text);
    const [first, second] = (await inspectCapability(text)).blocks.map(({ id }) => id);
    at.write("revoked", "# no line feed at the end");
    const { stderr } = await at.succeed("revoke narrowed.cap --revoked revoked");
    expect(stderr).toBe(
      `revoked block 2 of 2 of narrowed.cap, ${second}, and every capability that was narrowed from it\n`,
    );
    expect((await at.succeed("revoke narrowed.cap --revoked revoked")).stderr).toContain(
      "was revoked before",
    );
    expect((await at.succeed("verify mine.cap --root-key root.pub --revoked revoked")).stdout).toMatch(
      /^valid /,
    );

    const refused = await at.run("verify narrowed.cap --root-key root.pub --revoked revoked --json");
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ status: "refused", code: "CAP_REVOKED", block: 2 });

    await at.succeed(`revoke ${first} --revoked revoked`);
    expect(await at.run("verify mine.cap --root-key root.pub --revoked revoked")).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^refused mine\.cap: CAP_REVOKED: .*\(block 1\)/),
    });
    expect(
      at
        .read("revoked")
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
        .split("\n"),
    ).toEqual([
      "# no line feed at the end",
      expect.stringMatching(new RegExp(`^${second} # <time> block 2 of 2 of narrowed.cap$`)),
      expect.stringMatching(new RegExp(`^${first} # <time> a block$`)),
    ]);
  });

  test("prints the code of a capability that is refused", async () => {
    expect(await at.run("verify mine.cap --root-key root.pub --server mine.pub")).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^refused mine\.cap: CAP_WRONG_AUDIENCE: expected /),
    });
  });

  test.each([
    [
      "verify mine.cap",
      "UsageError",
      "expected --root-key <file.pub>, the public key of an issuer that you trust",
    ],
    [
      "verify mine.cap --root-key root",
      "CommandError",
      "--root-key: expected a public key, got a private one: root",
    ],
    ["verify mine.cap --root-key root.pub --revoked nowhere", "CapabilityFileError", "nowhere"],
    ["revoke mine.cap", "UsageError", "expected --revoked <file>, the file that the daemon was started with"],
    [
      "revoke mine.cap --revoked revocations --block 2",
      "UsageError",
      '--block: expected a whole number from 1 to 1, got "2"',
    ],
    [
      `revoke ${"A".repeat(43)} --revoked revocations --block 1`,
      "UsageError",
      "--block: expected a capability, got the id of a block",
    ],
    ["revoke mine.cap --revoked hello.pxl", "CapabilityFileError", "expected the id of a block"],
  ] as const)("%s", async (args, name, message) => {
    const error = await at.failure(args);
    expect(error.message).toContain(message);
    expect(error.name).toBe(name);
    expect(existsSync(at.path("revocations"))).toBe(false);
  });
});

describe("gvpie capability audit", () => {
  test("prints the records, oldest first, with foreign text made visible", async () => {
    const audit = openAudit(at.path("audit"));
    const capability = await inspectCapability(at.read("mine.cap"));
    audit.write({ type: "first-use", via: "spool", id: "r1", client: "panel", capability });
    audit.write({
      type: "refused",
      via: "slot",
      code: "FSOCK_CAPABILITY_REQUIRED",
      message: "no \u001b[31m one\n",
    });
    audit.write({
      type: "refused",
      via: "run",
      id: "7",
      client: "hello_gpu",
      code: "CAP_REVOKED",
      message: "no",
    });
    audit.close();
    const { stdout } = await at.succeed("audit audit --since 1h");
    expect(stdout.replaceAll(/^\S+Z /gm, "")).toBe(
      `first-use spool, client panel, request r1, capability ${capability.blocks[0].id}\n` +
        "refused slot: FSOCK_CAPABILITY_REQUIRED: no ␛[31m one␊\n" +
        "refused run, script hello_gpu, run 7: CAP_REVOKED: no\n",
    );
    const { stdout: json } = await at.succeed("audit audit --json");
    expect(JSON.parse(json)).toMatchObject([
      { type: "first-use" },
      { type: "refused", via: "slot" },
      { via: "run" },
    ]);
    expect(await at.succeed("audit audit --since 2999-01-01")).toMatchObject({
      stdout: "",
      stderr: "no records in audit\n",
    });
  });

  test("reports a missing file", async () => {
    expect(await at.failure("audit nowhere")).toMatchObject({ code: "CAPFILE_MISSING" });
  });
});
