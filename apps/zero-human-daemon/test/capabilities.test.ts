// Capabilities from end to end: key files, the database, this daemon and a real gvpie-daemon.

import { readAudit, readPrivateKey, writeKeyPair } from "@gvpie/app-common/capability";
import { type CapabilityLimits, inspectCapability, issueCapability, thumbprintOf } from "@gvpie/capability";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { describe, expect, test } from "vitest";
import { openCapabilities } from "../src/capabilities.ts";
import type { CapabilityConfig } from "../src/config/capabilities.ts";
import { createWorkspace, type Workspace, workspaceWith } from "./support/workspace.ts";

const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;
const SENT = { name: "sent", lang: "gvpie", code: "RECT 1 1 5 5\n" } as const;
const KEYS = ["--capability-key", "scripts.key", "--root-key", "root.key.pub"];
const RENDERER_KEYS = ["--root-key", "root.key.pub", "--server-key", "server.key"];

/** Makes the keys of an issuer, a renderer and this daemon in the working directory. */
function makeKeys({ cwd }: Workspace): void {
  for (const name of ["root.key", "server.key", "scripts.key"]) writeKeyPair(join(cwd, name));
}

/** Issues a capability for `server` to the key of this daemon, and writes it to a file. */
async function issue(
  { cwd }: Workspace,
  file: string,
  server: "server.key" | "scripts.key",
  limits: CapabilityLimits = {},
): Promise<string> {
  const [rootKey, to] = [readPrivateKey(join(cwd, "root.key")), readPrivateKey(join(cwd, "scripts.key"))];
  const audience = [await thumbprintOf(readPrivateKey(join(cwd, server)))];
  const text = await issueCapability({ rootKey, to, limits: { audience, ...limits } });
  writeFileSync(join(cwd, file), `${text}\n`);
  return text;
}

async function leafOf(text: string): Promise<string | undefined> {
  return (await inspectCapability(text)).blocks.at(-1)?.id;
}

/** A log whose messages a test reads. */
function captureLog(): { readonly log: Logger; readonly messages: () => string } {
  const lines: string[] = [];
  return { log: pino({}, { write: (line: string) => lines.push(line) }), messages: () => lines.join("") };
}

async function stderrs({ allRuns }: Workspace): Promise<Record<string, string>> {
  return Object.fromEntries((await allRuns()).map(({ scriptName = "", stderr }) => [scriptName, stderr]));
}

describe("with a renderer that requires capabilities", () => {
  test("each run uses that of its script or its language, is refused beyond it, and is recorded with it", async () => {
    const workspace = await workspaceWith(BOX, SENT, { ...SENT, name: "small" }, { ...BOX, name: "tight" });
    makeKeys(workspace);
    const forRenderer = await issue(workspace, "gvpie.cap", "server.key", { purpose: "panels" });
    const forProcess = await issue(workspace, "pixel.cap", "scripts.key");
    const small = await issue(workspace, "small.cap", "server.key", { pixels: 100 });
    const tight = await issue(workspace, "tight.cap", "scripts.key", { pixels: 100 });
    await workspace.withStore(async (store) => {
      await store.updateScript("small", { patchOptions: { capability: small } });
      await store.updateScript("tight", { patchOptions: { capability: tight } });
    });
    await workspace.startRenderer("--capabilities", "require", ...RENDERER_KEYS);
    const defaults = ["--capability", "gvpie=gvpie.cap", "--capability", "pixel=pixel.cap"];
    const { status, stderr } = await workspace.run("--once", ...KEYS, ...defaults);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /capabilities: every run needs one; those for this process name [\w-]{43}; audit in /,
    );

    const runs = new Map((await workspace.allRuns()).map((run) => [run.scriptName, run]));
    for (const [name, success, text] of [
      ["box", true, forProcess],
      ["sent", true, forRenderer],
      ["small", false, small],
      ["tight", false, tight],
    ] as const) {
      expect(runs.get(name)).toMatchObject({ success, capability: { leaf: await leafOf(text) } });
    }
    const refusal = /^CAP_LIMIT_PIXELS: expected at most 100 .*, got .*\(limit pixels of block 1\)/;
    expect(runs.get("small")?.stderr).toMatch(refusal);
    expect(runs.get("tight")?.stderr).toMatch(refusal);

    const lines = [...readAudit(join(workspace.cwd, "scripts.key.audit"))];
    const expected = [
      ["box", "first-use", undefined],
      ["sent", "first-use", undefined],
      ["small", "refused", "CAP_LIMIT_PIXELS"],
      ["tight", "refused", "CAP_LIMIT_PIXELS"],
    ] as const;
    expect(lines).toHaveLength(expected.length);
    for (const [client, type, code] of expected) {
      expect(lines.find((line) => line.client === client)).toMatchObject({
        type,
        via: "run",
        ...(code && { code }),
      });
    }
    expect(lines.find(({ client }) => client === "sent")).toMatchObject({ purpose: "panels" });
  });

  test("a run without one, or for another server, is refused by its code", async () => {
    const workspace = await workspaceWith(SENT, { ...SENT, name: "other" });
    makeKeys(workspace);
    const other = await issue(workspace, "other.cap", "scripts.key");
    await workspace.startRenderer("--capabilities", "require", ...RENDERER_KEYS);
    await workspace.run("--once");
    expect(await stderrs(workspace)).toMatchObject({
      sent: expect.stringMatching(/^FSOCK_CAPABILITY_REQUIRED: /),
      other: expect.stringMatching(/^FSOCK_CAPABILITY_REQUIRED: /),
    });
    await workspace.withStore((store) =>
      store.updateScript("other", { patchOptions: { capability: other } }),
    );
    await workspace.run("--once", ...KEYS);
    expect(await stderrs(workspace)).toMatchObject({
      sent: expect.stringMatching(/^RUN_NO_CAPABILITY: /),
      other: expect.stringMatching(/^FSOCK_UNTRUSTED_REPLY: .*expected the server /),
    });
  });
});

test("a renderer without capabilities is not believed, and the run says why", async () => {
  const workspace = await workspaceWith(SENT);
  makeKeys(workspace);
  await issue(workspace, "gvpie.cap", "server.key");
  await workspace.startRenderer();
  expect(await workspace.run("--once", ...KEYS, "--capability", "gvpie=gvpie.cap")).toMatchObject({
    status: 1,
  });
  expect((await stderrs(workspace))["sent"]).toMatch(/^FSOCK_UNTRUSTED_REPLY: .*capabilit/);
});

test("the environment names keys, capabilities and lists, and a revoked block ends its capability", async () => {
  const workspace = await workspaceWith(BOX, {
    ...BOX,
    name: "picture",
    lang: "cartridge",
    code: "/etc/passwd",
  });
  makeKeys(workspace);
  writeKeyPair(join(workspace.cwd, "other.key"));
  mkdirSync(join(workspace.cwd, "pictures"));
  const text = await issue(workspace, "one.cap", "scripts.key");
  const environment = {
    GVPIE_CAPABILITY_KEYS: "scripts.key:other.key",
    GVPIE_ROOT_KEYS: "other.key.pub:root.key.pub",
    GVPIE_CAPABILITY: "pixel=one.cap:cartridge=one.cap",
    GVPIE_REVOKED: "revoked",
    GVPIE_AUDIT: "audit.log",
    GVPIE_CARTRIDGE_ROOT: "pictures",
  };
  const first = await workspace.runIn(environment, "--once");
  expect(first.stderr).toContain("no block is revoked: ");
  const pictures = join(workspace.cwd, "pictures");
  expect(await stderrs(workspace)).toEqual({
    box: "",
    picture: `CARTRIDGE_OUTSIDE_ROOT: expected the path of a file below ${pictures}, got "/etc/passwd"`,
  });
  writeFileSync(join(workspace.cwd, "revoked"), `# lost\n${await leafOf(text)}\n`);
  const second = await workspace.runIn(environment, "--once");
  expect(second.stderr).toMatch(/the capability for pixel scripts, one\.cap: .*these scripts fail for now/);
  expect((await stderrs(workspace))["box"]).toMatch(/^CAP_REVOKED: /);
  expect(readFileSync(join(workspace.cwd, "audit.log"), "utf8").split("\n")).toHaveLength(4);
});

test("lists and root keys of another daemon have no effect without a key, and are reported", async () => {
  const { log, messages } = captureLog();
  const config = { keys: [], rootKeys: ["missing"], defaults: {}, revoked: undefined, audit: undefined };
  expect(await openCapabilities(config, "shared", log)).toBeUndefined();
  expect(messages()).toContain("capabilities are off: ");
});

test("a start is refused with exit code 78 and what to do, before the database is opened", async () => {
  const workspace = createWorkspace();
  makeKeys(workspace);
  const started = [
    workspace.run("--once", "--capability", "pixel=pixel.cap"),
    workspace.run("--once", "--cartridge-root", "root.key"),
    workspace.run("--once", "--capability", "perl=x"),
    workspace.run("--once", "--capability", "pixel=a", "--capability", "pixel=b"),
  ];
  expect((await Promise.all(started)).map(({ status, stderr }) => [status, stderr])).toEqual([
    [
      78,
      expect.stringMatching(
        /expected --capability-key with --capability pixel=…, got none; name the private key/,
      ),
    ],
    [78, expect.stringMatching(/expected a folder of cartridges, got the file "root\.key"/)],
    [2, expect.stringContaining("Expected <lang>=<file> with pixel, gvpie, cartridge, python as <lang>.")],
    [2, expect.stringContaining("Expected one capability for each language, got two for pixel.")],
  ]);
  expect(readdirSync(workspace.cwd)).not.toContain("db");
});

describe("keys, defaults and lists that cannot be used are refused", () => {
  const log = pino({ enabled: false });

  test.each<[string, (workspace: Workspace) => unknown, Partial<CapabilityConfig>, RegExp]>([
    ["a missing key", () => {}, { keys: ["no.key"] }, /no\.key/],
    [
      "a key that others can read",
      ({ cwd }) => chmodSync(join(cwd, "scripts.key"), 0o644),
      {},
      /got mode 644; run chmod 600/,
    ],
    [
      "a root key that others can write",
      ({ cwd }) => chmodSync(join(cwd, "root.key.pub"), 0o666),
      {},
      /got mode 666; .*chmod go-w/,
    ],
    [
      "a private key as root key",
      () => {},
      { rootKeys: ["root.key"] },
      /expected a public key, got a private one/,
    ],
    ["a missing default", () => {}, { defaults: { gvpie: "no.cap" } }, /no\.cap/],
    [
      "a malformed default",
      ({ cwd }) => writeFileSync(join(cwd, "pixel.cap"), "x.y.z"),
      {},
      /the capability for pixel scripts, .*pixel\.cap: expected /,
    ],
    [
      "a default for another key",
      () => {},
      { keys: ["server.key"] },
      /give the daemon the key that the capability was issued to/,
    ],
    ["a default of an unknown issuer", () => {}, { rootKeys: ["server.key.pub"] }, /root key .* \(block 1\)/],
    ["a default without any root key", () => {}, { rootKeys: [] }, /known: 0 \(block 1\)/],
    [
      "a default for another server",
      (workspace) => issue(workspace, "pixel.cap", "server.key"),
      {},
      /\(limit audience of block 1\)/,
    ],
    [
      "a default for a renderer that is two",
      (workspace) =>
        issue(workspace, "pixel.cap", "server.key", { audience: ["A".repeat(43), "B".repeat(42) + "A"] }),
      { defaults: { gvpie: "pixel.cap" } },
      /expected a capability for one renderer, got one for 2 .*; narrow it/,
    ],
    [
      "a list that is not one",
      ({ cwd }) => writeFileSync(join(cwd, "r"), "!"),
      { revoked: "r" },
      /\(.*\/r\)/,
    ],
    [
      "a root key that the clients of the renderer can change",
      ({ cwd }) => {
        mkdirSync(join(cwd, "shared"));
        copyFileSync(join(cwd, "root.key.pub"), join(cwd, "shared", "root.pub"));
      },
      { rootKeys: ["shared/root.pub"] },
      /expected keys, capabilities and lists outside of the directory .*, got .*root\.pub below it: .*; move it elsewhere/,
    ],
    ["an audit that is a directory", ({ cwd }) => mkdirSync(join(cwd, "a")), { audit: "a" }, /\(.*\/a\)/],
  ])("%s", async (_, prepare, changes, says) => {
    const workspace = createWorkspace();
    const { cwd } = workspace;
    makeKeys(workspace);
    await issue(workspace, "pixel.cap", "scripts.key");
    await prepare(workspace);
    const at = (path: string): string => join(cwd, path);
    const {
      keys = ["scripts.key"],
      rootKeys = ["root.key.pub"],
      defaults = { pixel: "pixel.cap" },
    } = changes;
    const config: CapabilityConfig = {
      keys: keys.map(at),
      rootKeys: rootKeys.map(at),
      defaults: Object.fromEntries(Object.entries(defaults).map(([lang, path]) => [lang, at(path)])),
      revoked: changes.revoked && at(changes.revoked),
      audit: changes.audit && at(changes.audit),
    };
    const opened = openCapabilities(config, at("shared"), log).then((open) => open?.close());
    await expect(opened).rejects.toMatchObject({
      name: "SettingsError",
      message: expect.stringMatching(says),
    });
  });

  test("a default that is not valid now is reported", async () => {
    const workspace = createWorkspace();
    const { cwd } = workspace;
    makeKeys(workspace);
    await issue(workspace, "pixel.cap", "scripts.key", { expires: 1 });
    const { log, messages } = captureLog();
    const config: CapabilityConfig = {
      keys: [join(cwd, "scripts.key")],
      rootKeys: [join(cwd, "root.key.pub")],
      defaults: { pixel: join(cwd, "pixel.cap") },
      revoked: undefined,
      audit: undefined,
    };
    const open = await openCapabilities(config, join(cwd, "shared"), log);
    open?.close();
    expect(messages()).toMatch(
      /the capability for pixel scripts, .*pixel\.cap: .*; these scripts fail for now/,
    );
    expect(messages()).toContain("CAP_EXPIRED");
  });
});
