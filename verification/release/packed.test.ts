import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createTemporaryDirectory, startProcess, type TestProcess, waitUntil } from "@gvpie/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Installs the packed packages in a project outside the repository.

const root = fileURLToPath(new URL("../..", import.meta.url));
const directory = createTemporaryDirectory({ prefix: "gvpie-packed-" });
const project = directory.path;
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const program = `
import { decodeCartridge, encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

const source = "TXT 10 10 Hello GPU\\nRECT 5 20 100 2\\nHALT";
const png: Uint8Array = await encodeCartridge(renderProgram(source), { program: source, language: "1" });
const { status } = await verifyCartridge(png, { render: (code, options) => renderProgram(code, options) });
const { frame } = await decodeCartridge(png);
console.log(status, frame.width, frame.height);
`;

/** For Node: without the types of browsers. */
const nodeProgram = `
import { createAuthority, createKey, publicKeyOf, thumbprintOf } from "@gvpie/capability";
import { createFileSocketServer, type RenderHandler } from "@gvpie/file-socket";
import { createPrivateKey } from "node:crypto";

export async function serve(dir: string, answeredFile: string, render: RenderHandler): Promise<void> {
  const serverKey = await createKey();
  const audience = await thumbprintOf(serverKey);
  const authority = createAuthority({ roots: [publicKeyOf(await createKey())], audience });
  const key = createPrivateKey({ key: { ...serverKey }, format: "jwk" });
  const capabilities = { mode: "require", authority, key, answeredFile } as const;
  await using _server = await createFileSocketServer({ dir, render, capabilities });
}
`;

function tarballs(): Record<string, string> {
  const folder = join(project, "tarballs");
  mkdirSync(folder);
  const found: Record<string, string> = {};
  for (const group of ["packages", "apps"]) {
    for (const name of readdirSync(join(root, group))) {
      const cwd = join(root, group, name);
      const manifest = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")) as {
        name: string;
        private?: true;
      };
      if (manifest.private) continue;
      const out = join(folder, `${name}.tgz`);
      execFileSync(bin("pnpm"), ["pack", "--out", out], { cwd, stdio: "pipe" });
      found[manifest.name] = `file:${out}`;
    }
  }
  return found;
}

describe("the packed packages in a project of their own", () => {
  beforeAll(() => {
    const dependencies = tarballs();
    writeFileSync(
      join(project, "package.json"),
      // The tarballs depend on each other in versions that are not in the registry yet.
      JSON.stringify({
        name: "outside",
        private: true,
        type: "module",
        dependencies,
        overrides: dependencies,
      }),
    );
    writeFileSync(join(project, "main.ts"), program);
    writeFileSync(join(project, "node.ts"), nodeProgram);
    execFileSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: project, stdio: "pipe" });
  }, 300_000);
  afterAll(() => directory[Symbol.dispose]());

  test.each([
    { module: "nodenext", moduleResolution: "nodenext" },
    { module: "esnext", moduleResolution: "bundler" },
  ])("compile under $moduleResolution, render, encode and verify", ({ module, moduleResolution }) => {
    const outDir = join(project, moduleResolution);
    const options = {
      module,
      moduleResolution,
      outDir,
      target: "es2024",
      lib: ["es2024", "dom"],
      strict: true,
      types: [],
    };
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, skipLibCheck: false }, files: ["main.ts"] }),
    );
    execFileSync(bin("tsc"), ["-p", project], { stdio: "pipe" });
    const printed = execFileSync(bin("node"), [join(outDir, "main.js")], { cwd: project, encoding: "utf8" });
    expect(printed).toBe("verified 128 64\n");
  });

  test("a server with capabilities compiles for Node without the types of browsers", () => {
    const compilerOptions = {
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      typeRoots: [join(root, "node_modules/@types")],
      types: ["node"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["node.ts"] }));
    const { stdout } = spawnSync(bin("tsc"), ["-p", project], { encoding: "utf8" });
    expect(stdout).toBe("");
  });

  test("the commands run", () => {
    for (const name of ["gvpie", "gvpie-daemon", "zero-human-daemon"]) {
      const help = execFileSync(join(project, "node_modules", ".bin", name), ["--help"], {
        encoding: "utf8",
      });
      expect(help).toContain(`Usage: ${name}`);
    }
    // From the part of the bundle with the store, and its native module.
    const schema = execFileSync(join(project, "node_modules/.bin/gvpie"), ["db", "schema"], {
      encoding: "utf8",
    });
    expect(schema).toContain("CREATE TABLE improvement_runs");
  });

  test("both daemons serve health and metrics, and zero-human-daemon the page with its scripts", async () => {
    const start = async (name: string, ...args: string[]): Promise<(path: string) => Promise<Response>> => {
      const daemon = startProcess(
        join(project, "node_modules/.bin", name),
        ["--dir", join(project, "shared"), "--http", "127.0.0.1:0", ...args],
        { cwd: project },
      );
      daemons.push(daemon);
      await daemon.waitForLine("; token in ");
      const [, url = "", file = ""] = /serving (\S+); token in (\S+)/.exec(daemon.stderr) ?? [];
      const authorization = `Bearer ${readFileSync(resolve(project, file), "utf8").trim()}`;
      return (path) => fetch(url + path, { headers: { authorization } });
    };
    const daemons: TestProcess[] = [];
    try {
      const renderer = await start("gvpie-daemon", "--backend", "cpu");
      const loop = await start(
        "zero-human-daemon",
        "--db",
        "page/daemon.db",
        "--cartridges",
        "page/cartridges",
      );
      await waitUntil(async () => (await loop("healthz")).status === 200);
      expect((await renderer("healthz")).status).toBe(200);
      expect(await (await renderer("metrics")).text()).toContain("\ngvpie_renderer_serving 1\n");
      expect(await (await loop("metrics")).text()).toContain("\ngvpie_scripts_enabled 1\n");
      expect(await (await loop("")).text()).toContain("hello_gpu");
      for (const script of ["page.js", "login.js", "verify.js", "verify-worker.js"]) {
        const reply = await loop(script);
        expect([reply.status, reply.headers.get("content-type")]).toEqual([
          200,
          "text/javascript; charset=utf-8",
        ]);
        expect((await reply.text()).length).toBeGreaterThan(100);
      }
      for (const daemon of daemons.toReversed()) expect(await daemon.kill("SIGTERM")).toBe(0);
    } finally {
      for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
    }
  });

  test("gvpie is one bundled file that loads other packages only when it needs them", () => {
    expect(existsSync(join(project, "node_modules/@gvpie/cli/bundle/gvpie.cjs"))).toBe(true);
    const gvpie = (args: string[], input: string | Buffer = ""): Buffer =>
      execFileSync(join(project, "node_modules/.bin/gvpie"), args, { cwd: project, input, stdio: "pipe" });
    const png = gvpie(["render", "-", "-o", "-"], "TXT 1 1 hi\n");
    expect(gvpie(["verify", "-", "--backend", "all"], png).toString()).toMatch(
      /^verified stdin\n {2}cpu +verified\n/,
    );
    gvpie(["db", "init"]);
    expect(gvpie(["scripts", "list"]).toString()).toContain("hello_gpu");
    expect(gvpie(["capability", "keygen", "root"]).toString()).toMatch(/^[\w-]{43}\n$/);
    expect(gvpie(["--version"]).toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(() => gvpie(["render", "-"], "FOO\n")).toThrow("[PXL_UNKNOWN_OPCODE]");
  });
});
