import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTemporaryDirectory } from "@gvpie/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

// The first steps of a new user: clone, `npm start -- --once`, look at the cartridge.

const root = fileURLToPath(new URL("../..", import.meta.url));
const home = createTemporaryDirectory({ prefix: "gvpie-clone-" });
const clone = home.join("clone");
const exec = promisify(execFile);

/** The environment without the changes of this workspace. */
const { CI: _, ...inherited } = process.env;
const env = {
  ...inherited,
  PATH: (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
  GVPIE_DIR: home.join("socket"),
};

const runs = async (): Promise<{ success: boolean | number; cartridgePath?: string }[]> => {
  const { stdout } = await exec(join(clone, "node_modules/.bin/gvpie"), ["runs", "list", "--json"], {
    cwd: clone,
    env,
  });
  return JSON.parse(stdout);
};

beforeAll(() => {
  // The working tree, uncommitted files included, without the files that git ignores.
  mkdirSync(clone);
  const skip = new Set(
    ["node_modules", "dist", ".cache", ".git", "db", "cartridges"].map((name) => join(root, name)),
  );
  cpSync(root, clone, {
    recursive: true,
    filter: (source) => !skip.has(source) && !/[/\\](node_modules|dist)$/.test(source),
  });
});
afterAll(() => home[Symbol.dispose]());

test(
  "npm start -- --once twice leaves a verified cartridge and two successful runs",
  { timeout: 300_000 },
  async () => {
    const first = await exec("npm", ["start", "--", "--once"], { cwd: clone, env });
    expect(first.stdout).toMatch(/cartridges\/hello_gpu_\d+_\d+\.png/);
    await exec("npm", ["start", "--", "--once"], { cwd: clone, env });

    const recorded = await runs();
    expect(recorded).toHaveLength(2);
    for (const run of recorded) expect(Boolean(run.success)).toBe(true);

    const [name] = readdirSync(join(clone, "cartridges"));
    if (name === undefined) throw new Error("no cartridge was saved");
    const verified = await exec(join(clone, "node_modules/.bin/gvpie"), ["verify", `cartridges/${name}`], {
      cwd: clone,
      env,
    });
    expect(verified.stdout).toContain("verified");
    expect(existsSync(join(clone, "db/daemon.db"))).toBe(true);
    expect(
      readFileSync(join(clone, "cartridges", name))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
  },
);
