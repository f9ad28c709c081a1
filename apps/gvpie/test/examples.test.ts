import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { bareEnvironment, installCommands, startNode, startProcess } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { createExampleDirectory } from "./support/example-directory.ts";
import { gvpieSession } from "./support/session.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);
const RENDERER = new URL("../../gvpie-daemon/src/main.ts", import.meta.url);
const LOOP = new URL("../../zero-human-daemon/src/main.ts", import.meta.url);

/** Commands about daemons that run. */
const LIVE: ReadonlySet<string> = new Set(["status", "page", "doctor", "scripts run"]);
/** More than one command, or a redirection: a shell runs the line. */
const NEEDS_SHELL = /[|<>]|--watch/;

/** The directory in which the examples of a test run. */
interface Place {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

interface Outcome {
  readonly line: string;
  readonly status: unknown;
  readonly stderr: string;
}

/** Makes the directory, with `gvpie` and the foreign programs of the examples on the PATH. */
async function createPlace(): Promise<Place> {
  const path = temporaryDirectory();
  await createExampleDirectory(join(path, "template"));
  const bin = join(path, "bin");
  installCommands(bin, { gvpie: MAIN, "gvpie-daemon": RENDERER, "zero-human-daemon": LOOP });
  const foreign = ["mail", ...(spawnSync("jq", ["--version"]).error === undefined ? [] : ["jq"])];
  for (const name of foreign) writeFileSync(join(bin, name), "#!/bin/sh\nexec cat\n", { mode: 0o755 });
  const { PATH = "" } = process.env;
  return {
    path,
    env: {
      PATH: `${bin}${delimiter}${PATH}`,
      HOME: join(path, "template/home"),
      GVPIE_DIR: join(path, "shared"),
    },
  };
}

/** Returns the examples of the commands that are about running daemons, or of the others. */
async function examplesOf(isLive: boolean): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    if (LIVE.has(name) !== isLive) continue;
    const { examples } = await load();
    expect(examples.length, name).toBeGreaterThan(0);
    for (const [line] of examples) {
      expect(line).toContain(`gvpie ${name}`);
      lines.push(line);
    }
  }
  return lines;
}

/** Runs the lines: those of one command in one process, with the words that a shell reads, and the others in shells. */
async function runAll(
  lines: readonly string[],
  place: Place,
  directoryOf: (line: string) => string,
): Promise<Outcome[]> {
  const single = lines
    .filter((line) => !NEEDS_SHELL.test(line))
    .map((line) => ({ line, cwd: directoryOf(line) }));
  const outcomes: Outcome[] = [];
  const inSession = async (): Promise<void> => {
    const cwd = single.map((example) => example.cwd);
    const results = await gvpieSession(wordsOf(single), { cwd, env: place.env });
    for (const [i, { line }] of single.entries()) {
      outcomes.push({ line, status: NaN, stderr: "", ...results[i] });
    }
  };
  const others = lines.filter((line) => NEEDS_SHELL.test(line));
  const inShells = async (): Promise<void> => {
    for (let line = others.shift(); line !== undefined; line = others.shift()) {
      outcomes.push(await runInShell(line, directoryOf(line), place.env));
    }
  };
  await Promise.all([inSession(), inShells(), inShells()]);
  return outcomes;
}

/** Returns the words of each line as Bash reads them, without the first, which is `gvpie`. */
function wordsOf(lines: readonly { readonly line: string; readonly cwd: string }[]): string[][] {
  const script = [
    `gvpie() { printf '%s\\0' "$#" "$@"; }`,
    ...lines.map(({ line, cwd }) => `cd '${cwd}' && ${line}`),
  ].join("\n");
  const words = execFileSync("bash", ["--norc", "-e", "-c", script], {
    encoding: "utf8",
    env: bareEnvironment(),
  }).split("\0");
  return lines.map(() => words.splice(0, Number(words.shift())));
}

/** Runs a line in Bash. One that does not end by itself gets SIGINT once it has written something. */
async function runInShell(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const isEndless = line.includes("--watch");
  await using shell = startProcess("bash", ["--norc", "-o", "pipefail", "-c", line], {
    cwd,
    input: "",
    env: bareEnvironment(env),
  });
  if (isEndless) {
    await shell.waitFor(() => `${shell.stdout}${shell.stderr}`.includes("\n"), "output");
    shell.signal("SIGINT");
  }
  const { status, stderr } = await shell.result();
  return { line, status, stderr };
}

const failures = (outcomes: readonly Outcome[]): Outcome[] => outcomes.filter(({ status }) => status !== 0);

test("the examples of every command succeed", async () => {
  const place = await createPlace();
  let copies = 0;
  const outcomes = await runAll(await examplesOf(false), place, () => {
    const copy = join(place.path, `copy-${copies++}`);
    cpSync(join(place.path, "template"), copy, { recursive: true, preserveTimestamps: true });
    return copy;
  });
  expect(failures(outcomes)).toEqual([]);
});

test("the examples of commands about running daemons succeed", async () => {
  const place = await createPlace();
  const cwd = join(place.path, "template");
  const env = bareEnvironment(place.env);
  const renderer = disposeAfterTest(startNode(RENDERER, ["--backend", "cpu"], { cwd, env }));
  await renderer.waitForLine("serving ");
  const daemon = disposeAfterTest(startNode(LOOP, ["--http", "127.0.0.1:0"], { cwd, env }));
  const address = /http:\/\/(\S+?)[/;]/.exec(await daemon.waitForLine("token in "))?.[1];
  for (const name of ["hello_gpu", "clock", "weather"]) await daemon.waitForLine(new RegExp(`^ok +${name} `));
  const live = { ...place, env: { ...place.env, GVPIE_HTTP: address } };
  expect(failures(await runAll(await examplesOf(true), live, () => cwd))).toEqual([]);
});
