// Scripts that a renderer draws within capabilities: a real server that requires them, real keys and real clients.

import {
  createAuthority,
  createKey,
  publicKeyOf,
  thumbprintOf,
  type CapabilityLimits,
} from "@gvpie/capability";
import { createDaemon, createGvpieRunner, type RunReport } from "@gvpie/daemon";
import {
  createFileSocketClient,
  createFileSocketServer,
  type AuditRecord,
  type RenderHandler,
} from "@gvpie/file-socket";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createCapabilityFixture } from "./support/capability-fixture.ts";
import { openTestStore } from "./support/test-store.ts";

const fixture = await createCapabilityFixture();
const serverKey = await createKey();
const server = await thumbprintOf(serverKey);
const issue = (limits: Partial<CapabilityLimits> = {}): Promise<string> =>
  fixture.issue({ audience: [server], ...limits });

const render: RenderHandler = async ({ code, width, height, frames }) => {
  const facts = { backend: "cpu", adapter: "cpu" };
  const first = renderProgram(code, { width, height });
  if (frames === undefined) return { ...first, ...facts };
  const all: Uint8Array[] = [];
  for await (const { data } of renderFrames(code, { width, height })) all.push(new Uint8Array(data));
  return { ...first, ...facts, data: Buffer.concat(all) };
};

/** Serves a directory with capabilities required; returns the directory and the audit. */
async function serve(): Promise<{ dir: string; audit: AuditRecord[] }> {
  const root = temporaryDirectory();
  const dir = join(root, "socket");
  const audit: AuditRecord[] = [];
  const { kty, crv, x, d } = serverKey;
  const running = await createFileSocketServer({
    dir,
    render,
    capabilities: {
      mode: "require",
      authority: createAuthority({ roots: [publicKeyOf(fixture.rootKey)], audience: server }),
      key: createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" }),
      answeredFile: join(root, "answered"),
      onAudit: (record) => audit.push(record),
    },
  });
  onTestFinished(() => running.close());
  return { dir, audit };
}

/** Runs scripts once, each with the default capability. */
async function runScripts(dir: string, codes: readonly string[], capability: string): Promise<RunReport[]> {
  const { store } = await openTestStore();
  for (const [i, code] of codes.entries()) await store.addScript({ name: `s${i}`, lang: "gvpie", code });
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  const capabilities = await fixture.open({ defaults: { gvpie: capability } });
  const runners = { gvpie: createGvpieRunner({ client }) };
  return createDaemon({ store, capabilities, runners, cartridges: temporaryDirectory() }).runOnce();
}

test("pictures and animations are drawn, each request with the capability", async () => {
  const { dir, audit } = await serve();
  const reports = await runScripts(dir, ["PIX 1 1\n", "FRAMES 3 50\nPIX frame 1\n"], await issue());
  expect(reports.map(({ stdout, stderr }) => [stdout, stderr])).toEqual(
    expect.arrayContaining([
      ["drew 128×64 pixels", ""],
      ["drew 3 frames of 128×64 pixels", ""],
    ]),
  );
  expect(audit.map(({ type }) => type)).toEqual(["first-use"]);
});

test("an animation is one request, so that its rate may allow only one", async () => {
  const { dir } = await serve();
  const reports = await runScripts(
    dir,
    ["FRAMES 3 50\nPIX frame 1\n"],
    await issue({ requestsPerSecond: 0.01 }),
  );
  expect(reports.map(({ stdout, stderr }) => [stdout, stderr])).toEqual([
    ["drew 3 frames of 128×64 pixels", ""],
  ]);
});

test("runs that the rate of their capability delays wait, send no pings, and all succeed", async () => {
  const { dir, audit } = await serve();
  const codes = [0, 1, 2, 3, 4, 5].map((i) => `PIX ${i} 1\n`);
  const capability = await issue({ requestsPerSecond: 4, operations: ["render_program"] });
  const reports = await runScripts(dir, codes, capability);
  expect(reports.map(({ stderr }) => stderr)).toEqual(codes.map(() => ""));
  expect(audit.filter(({ code }) => code !== "CAP_LIMIT_REQUESTS_PER_SECOND")).toMatchObject([
    { type: "first-use" },
  ]);
});

test("a run fails at once if the renderer allows none before its time limit", async () => {
  const { dir } = await serve();
  const reports = await runScripts(
    dir,
    ["PIX 1 1\n", "PIX 2 1\n"],
    await issue({ requestsPerSecond: 0.001 }),
  );
  const failed = reports.filter(({ success }) => !success);
  expect(failed).toHaveLength(1);
  expect(failed[0]?.stderr).toMatch(
    /^CAP_LIMIT_REQUESTS_PER_SECOND: .*\(limit requestsPerSecond of block 1\)/,
  );
});

test("one capability may be for the renderer and for runs in this process, and not for two renderers", async () => {
  const { dir } = await serve();
  const both = await issue({ audience: [fixture.audience, server] });
  expect(await runScripts(dir, ["PIX 1 1\n"], both)).toMatchObject([{ success: true }]);
  const two = await issue({ audience: [server, "A".repeat(43)] });
  const [report] = await runScripts(dir, ["PIX 1 1\n"], two);
  expect(report?.stderr).toMatch(
    /^CAP_WRONG_AUDIENCE: expected a capability for one renderer, got one for 2 /,
  );
});

test("without a renderer, a run fails as one without a capability", async () => {
  const client = createFileSocketClient({ dir: join(temporaryDirectory(), "socket") });
  onTestFinished(() => client.close());
  const capabilities = await fixture.open({ defaults: { gvpie: await issue() } });
  const script = { id: 1, name: "a", lang: "gvpie" as const, code: "HALT\n", options: {} };
  const running = createGvpieRunner({ client }).run(script, {
    capability: await capabilities.find(script),
    signal: new AbortController().signal,
    patienceMs: 600,
    waiting: () => {},
    holdSlot: () => {},
    timeLeftMs: () => 60_000,
  });
  await expect(running).rejects.toMatchObject({ code: "NO_RENDERER" });
});
