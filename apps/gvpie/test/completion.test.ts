// The scripts run in the real shells, where they are installed.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { openStore } from "@gvpie/daemon/store";
import { bareEnvironment } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { complete } from "../src/completion/candidates.ts";
import { SHELL_SCRIPTS } from "../src/completion/scripts.ts";
import { gvpie, SHELL_COMMAND } from "./support/gvpie.ts";

const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

/** A directory with a database, programs, and a command `gvpie`. */
async function workplace(): Promise<{ cwd: string; env: NodeJS.ProcessEnv }> {
  const cwd = temporaryDirectory();
  await using store = await openStore({ path: join(cwd, "db/daemon.db") });
  for (const name of ["clock", "two words", "it's $HOME"]) {
    await store.addScript({ name, lang: "pixel", code: "HALT\n" });
  }
  mkdirSync(join(cwd, "bin"));
  writeFileSync(join(cwd, "bin/gvpie"), `#!/bin/sh\nexec ${SHELL_COMMAND} "$@"\n`);
  chmodSync(join(cwd, "bin/gvpie"), 0o755);
  writeFileSync(join(cwd, "hello.pxl"), "HALT\n");
  const PATH = [join(cwd, "bin"), process.env["PATH"]].join(delimiter);
  return { cwd, env: bareEnvironment({ PATH, HOME: cwd, LANG: "C.UTF-8", TERM: "dumb" }) };
}

async function texts(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  return (await complete(words, env)).words.map(({ text }) => text);
}

describe("completion", () => {
  test("of commands", async () => {
    expect(await texts(["re"])).toEqual(["render"]);
    expect(await texts(["runs", ""])).toEqual(expect.arrayContaining(["list", "show"]));
    expect(await texts(["help", "ver"])).toEqual(["verify"]);
    expect(await texts(["rendr", ""])).toEqual([]);
  });

  test("of options and their values", async () => {
    expect(await texts(["render", "a.pxl", "--f"])).toEqual(["--fuel", "--format", "--frame"]);
    expect(await texts(["render", "--format", "raw", "--f"])).toEqual(["--fuel", "--frame"]);
    expect(await texts(["render", "--format", ""])).toEqual(["png", "raw", "gif", "webp"]);
    expect(await texts(["render", "--format", "=", "g"])).toEqual(["gif"]);
    expect(await texts(["render", "--format", "="])).toEqual(["png", "raw", "gif", "webp"]);
    expect(await texts(["completion", ""])).toEqual(["bash", "zsh", "fish"]);
  });

  test("of files", async () => {
    expect(await complete(["render", ""], {})).toEqual({ words: [], files: true });
    expect(await complete(["render", "-o", ""], {})).toEqual({ words: [], files: true });
    expect(await complete(["db", "schema", ""], {})).toEqual({ words: [], files: false });
  });

  test("of scripts, from the database that the command line names", async () => {
    const { cwd } = await workplace();
    const db = join(cwd, "db/daemon.db");
    expect(await texts(["scripts", "show", "c"], { GVPIE_DB: db })).toEqual(["clock"]);
    expect(await texts(["runs", "list", "--db", db, "--script", "t"])).toEqual(["two words"]);
    expect(await texts(["scripts", "rename", "clock", ""], { GVPIE_DB: db })).toEqual([]);
    expect(await texts(["scripts", "show", ""], { GVPIE_DB: join(cwd, "none.db") })).toEqual([]);
  });

  test.skipIf(!has("bash"))("in Bash", async () => {
    const { cwd, env } = await workplace();
    const completed = (...words: string[]): string[] =>
      execFileSync(
        "bash",
        [
          "-c",
          `${SHELL_SCRIPTS.bash}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gvpie; printf '%s\\n' "\${COMPREPLY[@]}"`,
          "-",
          ...words,
        ],
        { cwd, env, encoding: "utf8" },
      )
        .trimEnd()
        .split("\n");
    expect(completed("gvpie", "scripts", "sho")).toEqual(["show"]);
    expect(completed("gvpie", "scripts", "show", "")).toEqual([
      "hello_gpu",
      "clock",
      "two\\ words",
      "it\\'s\\ \\$HOME",
    ]);
    expect(completed("gvpie", "render", "hel")).toEqual([""]);
  });

  test.skipIf(!has("zsh"))("in Zsh", async () => {
    const { cwd, env } = await workplace();
    const completed = (...words: string[]): string => {
      const stand = 'compdef() { : }; _files() { print files }; _describe() { print -l -- "${(@P)2}" }';
      const script = `${stand}\n${SHELL_SCRIPTS.zsh}\nwords=("$@"); CURRENT=$#; _gvpie`;
      return execFileSync("zsh", ["-f", "-c", script, "-", ...words], { cwd, env, encoding: "utf8" });
    };
    expect(completed("gvpie", "scripts", "sho")).toBe(
      "show:Print the code of a script, or an earlier version\n",
    );
    expect(completed("gvpie", "scripts", "show", "t")).toBe("two words:pixel\n");
    expect(completed("gvpie", "render", "hel")).toBe("files\n");
  });

  test.skipIf(!has("fish"))("in fish", async () => {
    const { cwd, env } = await workplace();
    writeFileSync(join(cwd, "complete.fish"), SHELL_SCRIPTS.fish);
    const completed = (line: string): string =>
      execFileSync(
        "fish",
        ["--no-config", "-c", `source complete.fish; complete -C ${JSON.stringify(line)}`],
        { cwd, env, encoding: "utf8" },
      );
    expect(completed("gvpie scripts sho")).toBe("show\tPrint the code of a script, or an earlier version\n");
    expect(completed("gvpie scripts show t")).toContain("two words\tpixel\n");
    expect(completed("gvpie render hel")).toContain("hello.pxl");
  });

  test("prints the scripts, and refuses other shells", async () => {
    expect((await gvpie(["completion", "fish"])).stdout).toBe(SHELL_SCRIPTS.fish);
    expect(await gvpie(["completion", "tcsh"])).toMatchObject({ status: 2 });
  });
});
