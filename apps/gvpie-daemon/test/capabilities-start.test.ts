import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeKeyPair } from "@gvpie/app-common/capability";
import { thumbprintOf } from "@gvpie/capability";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { openCapabilities } from "../src/capabilities.ts";
import { readConfig, type Config } from "../src/config.ts";
import { SettingsError } from "@gvpie/app-common/daemon";
import { serve, startDaemon } from "./support/daemon.ts";

/** A directory with key pairs of an issuer, `root`, and of a server, `server`, and the path `dir` to serve. */
interface Place {
  readonly dir: string;
  path(name: string): string;
  /** Flags of a daemon that starts. */
  readonly flags: readonly string[];
}

function createPlace(): Place {
  const directory = temporaryDirectory();
  const path = (name: string): string => join(directory, name);
  writeKeyPair(path("root"));
  writeKeyPair(path("server"));
  const flags = ["--capabilities", "require", "--root-key", path("root.pub"), "--server-key", path("server")];
  return { dir: path("shared"), path, flags };
}

describe("a daemon that checks capabilities", () => {
  test("logs its mode, its thumbprint and the root keys", async () => {
    const { dir, path, flags } = createPlace();
    const root = await thumbprintOf(writeKeyPair(path("second")));
    const first = await thumbprintOf(JSON.parse(readFileSync(path("root.pub"), "utf8")) as never);
    const server = await thumbprintOf(JSON.parse(readFileSync(path("server.pub"), "utf8")) as never);
    const daemon = await serve(dir, [...flags, "--root-key", path("second.pub")]);
    expect(daemon.stderr).toContain(
      `capabilities: require; this server is ${server}; root keys ${first}, ${root}; audit in ${path("server.audit")}\n`,
    );
    expect(existsSync(path("server.audit"))).toBe(true);
    expect(await daemon.kill("SIGTERM")).toBe(0);
  });

  test("reads every option from its environment variable, root keys separated as in PATH", async () => {
    const { dir, path } = createPlace();
    writeKeyPair(path("second"));
    const daemon = await serve(dir, [], {
      GVPIE_CAPABILITIES: "accept",
      GVPIE_ROOT_KEYS: `${path("root.pub")}:${path("second.pub")}`,
      GVPIE_SERVER_KEY: path("server"),
      GVPIE_REVOKED: path("revoked"),
      GVPIE_AUDIT: path("records"),
    });
    expect(daemon.stderr).toMatch(
      /capabilities: accept; this server is [\w-]{43}; root keys [\w-]{43}, [\w-]{43}; audit in .*\/records\n/,
    );
    expect(daemon.stderr).toContain(`no block is revoked: ${path("revoked")} does not exist\n`);
  });

  test("warns that its files have no effect with --capabilities off", async () => {
    const { dir, flags, path } = createPlace();
    const daemon = await serve(dir, flags.slice(2));
    expect(daemon.stderr).toContain(
      "the files of capabilities have no effect: with --capabilities off every client is served\n",
    );
    expect(existsSync(path("server.audit"))).toBe(false);
  });
});

type Refusal = readonly [name: string, prepare: (place: Place) => readonly string[], says: string | RegExp];

const KEYS = "expected --root-key and --server-key with --capabilities";
const KEYGEN = "; gvpie capability keygen FILE makes both files of a key";
const REFUSALS: readonly Refusal[] = [
  [
    "no key",
    () => ["--capabilities", "accept"],
    `${KEYS} accept, got no --server-key FILE and no --root-key FILE${KEYGEN}`,
  ],
  [
    "no root key",
    ({ path }) => ["--capabilities", "require", "--server-key", path("server")],
    "got no --root-key FILE;",
  ],
  ["no server key", ({ flags }) => flags.slice(0, 4), "got no --server-key FILE;"],
  [
    "a root key that other users can write to",
    ({ path, flags }) => (chmodSync(path("root.pub"), 0o666), flags),
    /expected a public key in a file that only its owner can change, got mode 666; .* chmod go-w .*root\.pub/,
  ],
  [
    "a root key that other users can replace",
    ({ path, flags }) => {
      mkdirSync(path("open"));
      writeKeyPair(path("open/root"));
      chmodSync(path("open"), 0o777);
      return [...flags, "--root-key", path("open/root.pub")];
    },
    /expected a public key that no other user can replace, got one that can be/,
  ],
  [
    "a private root key",
    ({ path, flags }) => [...flags, "--root-key", path("root")],
    "expected a public key, got a private one; name the file that ends in .pub",
  ],
  [
    "a missing root key",
    ({ path, flags }) => [...flags, "--root-key", path("nonesuch.pub")],
    /expected a public key, got no file; check the path \(.*nonesuch\.pub\)/,
  ],
  [
    "a server key that its group can read",
    ({ path, flags }) => (chmodSync(path("server"), 0o640), flags),
    /expected a private key in a file that only its owner can use, got mode 640; run chmod 600/,
  ],
  [
    "a server key with mode 0644",
    ({ path, flags }) => (chmodSync(path("server"), 0o644), flags),
    /expected a private key in a file that only its owner can use, got mode 644; run chmod 600/,
  ],
  [
    "a public server key",
    ({ path, flags }) => [...flags, "--server-key", path("server.pub")],
    /expected a private key, got a file of a public one; name the file without \.pub/,
  ],
  [
    "a server key inside the served directory",
    ({ dir, flags }) => {
      mkdirSync(`${dir}/keys`, { recursive: true, mode: 0o700 });
      writeKeyPair(`${dir}/keys/server`);
      return [...flags, "--server-key", `${dir}/keys/server`];
    },
    /expected --server-key outside of the served directory .*shared, got .*shared\/keys\/server below it: .*; move it elsewhere/,
  ],
  [
    "a root key inside the served directory, by another name",
    ({ dir, path, flags }) => {
      mkdirSync(dir, { mode: 0o700 });
      symlinkSync(dir, path("link"));
      writeKeyPair(`${dir}/root`);
      return [...flags, "--root-key", path("link/root.pub")];
    },
    "expected --root-key outside of the served directory",
  ],
  [
    "an audit inside the served directory",
    ({ dir, flags }) => (mkdirSync(dir, { mode: 0o700 }), [...flags, "--audit", `${dir}/audit`]),
    "expected --audit outside of the served directory",
  ],
  [
    "revocations inside the served directory",
    ({ dir, flags }) => (mkdirSync(dir, { mode: 0o700 }), [...flags, "--revoked", `${dir}/revoked`]),
    "expected --revoked outside of the served directory",
  ],
  [
    "revocations with another line",
    ({ path, flags }) => (
      writeFileSync(path("revoked"), "# none\nall\n"),
      [...flags, "--revoked", path("revoked")]
    ),
    /expected the id of a block, .* got .*all.* in line 2; correct the line/,
  ],
  [
    "revocations that cannot be read",
    ({ path, flags }) => (mkdirSync(path("revoked")), [...flags, "--revoked", path("revoked")]),
    /expected a list of revoked blocks in a regular file, got a directory/,
  ],
  [
    "an audit that other users can read",
    ({ path, flags }) => (writeFileSync(path("server.audit"), "", { mode: 0o644 }), flags),
    /expected an audit file in a file that only its owner can use, got mode 644/,
  ],
];

/** Tried with a process, too: a refusal by the daemon itself, and one by the reader of a key file. */
const STARTED = new Set(["no key", "a server key with mode 0644"]);

describe("settings that are refused with what to do", () => {
  const log = pino({ enabled: false });

  test.each(REFUSALS)("%s", async (_name, prepare, says) => {
    const place = createPlace();
    const config = readConfig(["--dir", place.dir, ...prepare(place)]) as Config;
    const { mode, ...files } = config.capabilities;
    const opened = openCapabilities({ ...files, mode: mode as "accept" | "require" }, place.dir, log);
    await expect(opened).rejects.toThrow(SettingsError);
    await expect(opened).rejects.toThrow(says);
  });

  test.each(REFUSALS.filter(([name]) => STARTED.has(name)))(
    "%s: exit status 78",
    async (_name, prepare, says) => {
      const place = createPlace();
      const args = ["--dir", place.dir, "--backend", "cpu", ...prepare(place)];
      const { status, stdout, stderr } = await startDaemon(args).result();
      expect({ status, stdout }).toEqual({ status: 78, stdout: "" });
      expect(stderr).toMatch(/^\[[\d: -]+\] FATAL: expected /);
      expect(stderr).toMatch(says);
      expect(stderr).not.toContain("    at ");
    },
  );

  test("an unknown mode is wrong usage", async () => {
    const { status, stderr } = await startDaemon(["--capabilities", "maybe"]).result();
    expect(status).toBe(2);
    expect(stderr).toContain("--capabilities");
  });
});
