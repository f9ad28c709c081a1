// The clients, the server and the capabilities themselves, together.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFileSocketClient, type FileSocketClientOptions } from "@gvpie/file-socket";
import { SeededRandom, skipVisibly } from "@gvpie/testing";
import { pattern } from "@gvpie/testing/file-socket";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { Issuer, type Token } from "./support/capabilities.ts";
import { PYTHON_SPOOL_LOAD, startPython } from "./support/processes.ts";
import { newSocketPath, serve } from "./support/serve.ts";

let issuer: Issuer;
let token: Token;

beforeAll(async () => {
  issuer = await Issuer.create();
  token = await issuer.narrow(await issuer.issue(), { operations: ["render_program", "ping"] });
});

async function start(mode: "accept" | "require", capability: FileSocketClientOptions["capability"] = token) {
  const dir = newSocketPath();
  await serve({ dir, capabilities: issuer.options(mode, dir) });
  return { dir, client: connect(dir, capability) };
}

function connect(dir: string, capability: FileSocketClientOptions["capability"]) {
  const { text, key, server } = capability ?? {};
  const client = createFileSocketClient({ dir, ...(text && key && { capability: { text, key, server } }) });
  onTestFinished(() => client.close());
  return client;
}

test.each(["accept", "require"] as const)("pictures of all sizes arrive signed: %s", async (mode) => {
  const { dir, client } = await start(mode);
  const memory = new Uint8ClampedArray(700 * 601 * 4);
  // The large ones are above the checksum's limit, and each is written into the file of the one before.
  for (const [width, height] of [
    [3, 5],
    [700, 600],
    [700, 601],
    [300, 300],
    [4, 2],
  ] as const) {
    for (const into of [undefined, memory.subarray(0, width * height * 4)]) {
      const code = `${width} ${into === undefined}`;
      const { data } = await client.render(code, { width, height, into });
      expect(pattern({ code, width, height }).data.equals(Buffer.from(data))).toBe(true);
      expect(into ?? data).toBe(data);
    }
  }
  expect(readdirSync(`${dir}/v1/tmp`)).toEqual([expect.stringMatching(/\.spare$/)]);
  expect((await client.renderFrames("x", { width: 2, height: 2 })).frames).toHaveLength(1);
  expect(await client.ping()).toBeGreaterThan(0);
});

test("a hundred calls at once, some with a capability of their own, are all answered", async () => {
  const { client } = await start("require");
  const other = await issuer.issue();
  const codes = Array.from({ length: 100 }, (_, index) => `${index}`);
  const replies = codes.map((code, index) => {
    const { text, key } = index % 3 === 0 ? other : token;
    return client.render(code, { width: 8, height: 8, capability: { text, key } });
  });
  for (const [index, { data }] of (await Promise.all(replies)).entries()) {
    const code = codes[index] ?? "";
    expect(Buffer.from(data)).toEqual(pattern({ code, width: 8, height: 8 }).data);
  }
});

test("clients that share a capability wait for each other, and every refusal in between is signed", async () => {
  const { dir, client } = await start("require");
  const clients = [client, connect(dir, token), connect(dir, token), connect(dir, token)];
  const calls = clients.flatMap((each) =>
    Array.from({ length: 12 }, (_, index) => each.render(`!sleep 5\n${index}`, { width: 4, height: 2 })),
  );
  expect(await Promise.all(calls)).toHaveLength(48);
});

test("a refusal beyond a limit says which limit and block", async () => {
  const { client } = await start("require", await issuer.narrow(token, { pixels: 64 }));
  await client.render("x", { width: 8, height: 8 });
  const error: unknown = await client.render("x", { width: 8, height: 9 }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "FSOCK_FORBIDDEN", replyCode: "CAP_LIMIT_PIXELS" });
  expect((error as Error).message).toMatch(/expected .*64.*, got .*72.*\(limit pixels of block 3\)/);
});

test("a rate is waited for, with a new proof for each try", async () => {
  const { client } = await start("require", await issuer.narrow(token, { requestsPerSecond: 20 }));
  const pings = Array.from({ length: 24 }, () => client.ping({ timeoutMs: 60_000 }));
  expect(await Promise.all(pings)).toHaveLength(24);
});

test("a server without capabilities, and another server, are told apart from this one", async () => {
  const dir = newSocketPath();
  await serve({ dir });
  const off = connect(dir, token);
  await expect(off.ping()).rejects.toMatchObject({
    code: "FSOCK_UNTRUSTED_REPLY",
    message: expect.stringContaining(
      'got one without a signature: the error "FSOCK_CAPABILITIES_OFF": "expected a request without a capability',
    ),
  });
  const stranger = await Issuer.create();
  const otherDir = newSocketPath();
  await serve({ dir: otherDir, capabilities: stranger.options("require", otherDir) });
  await expect(connect(otherDir, token).ping()).rejects.toMatchObject({
    code: "FSOCK_UNTRUSTED_REPLY",
    message: `the reply is not trusted: expected the server ${issuer.server}, got ${stranger.server}: it has a new key, or another process has written the reply`,
  });
});

test("a process that rewrites replies as they appear is not believed", async () => {
  const { dir, client } = await start("require");
  const random = new SeededRandom(12);
  const outcomes: string[] = [];
  for (let count = 0; count < 40; count++) {
    const code = `${count}`;
    const call = client.render(code, { width: 8, height: 8 }).then(
      ({ data }) =>
        pattern({ code, width: 8, height: 8 }).data.equals(Buffer.from(data)) ? "right" : "FORGED",
      (error: { code: string }) => error.code,
    );
    // The server and the client run in this process: the reply is rewritten in the turn in which it appears.
    for (let turn = 0; turn < 10_000 && !rewrite(`${dir}/v1/out`, random); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    outcomes.push(await call);
  }
  expect(outcomes).not.toContain("FORGED");
  expect(outcomes.filter((outcome) => outcome === "FSOCK_UNTRUSTED_REPLY").length).toBeGreaterThan(0);
});

/** Changes a byte of each reply. Returns true if there was one. */
function rewrite(out: string, random: SeededRandom): boolean {
  const replies = readdirSync(out).flatMap((client) =>
    readdirSync(join(out, client)).map((name) => join(out, client, name)),
  );
  for (const path of replies) {
    const bytes = readFileSync(path);
    const at = random.below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(`${path}.forged`, bytes);
    renameSync(`${path}.forged`, path);
  }
  return replies.length > 0;
}

/** Runs the Python client of a server's directory. */
async function runPython(dir: string, { text, jwk }: Token, mode = 0o600): Promise<Record<string, unknown>> {
  const folder = temporaryDirectory();
  const [capability, key] = [join(folder, "capability"), join(folder, "key")];
  writeFileSync(capability, `${text}\n`);
  writeFileSync(key, JSON.stringify(jwk), { mode });
  const python = startPython(PYTHON_SPOOL_LOAD, { dir, count: 5, capability, key });
  return python.waitForMessage("done");
}

const hasCryptography = spawnSync("python3", ["-c", "import cryptography"]).status === 0;

test("the Python client renders with a capability, and believes this server alone", async (context) => {
  if (!hasCryptography) skipVisibly(context, "no Debian package python3-cryptography");
  const { dir } = await start("require");
  const { dir: off } = await serve();
  const stranger = await Issuer.create();
  const [right, beyond, elsewhere, unsigned] = await Promise.all([
    runPython(dir, token),
    runPython(dir, await issuer.narrow(token, { operations: ["ping"] })),
    runPython(dir, await stranger.issue()),
    runPython(off, token),
  ]);
  expect(right).toMatchObject({ right: 5, wrong: 0, errors: [] });
  expect(beyond["errors"]).toEqual(Array.from({ length: 5 }, () => "CAP_LIMIT_OPERATIONS"));
  expect(elsewhere["errors"]).toEqual([
    `untrusted_reply: the reply is not trusted: expected the server ${stranger.server}, got ${issuer.server}`,
  ]);
  expect(unsigned["errors"]).toEqual([
    expect.stringMatching(/^untrusted_reply: .*without a signature; it says: 'expected a request without/),
  ]);
});
