import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  installCommands,
  runProcess,
  startProcess,
  type ProcessOptions,
  type TestProcess,
} from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";

// Runs the commands of the walk-through of docs/capabilities.md with the real programs, and compares what they print.
// UPDATE_GOLDEN=1 writes their output into the page.

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = join(root, "docs/capabilities.md");
const PROGRAMS = Object.fromEntries(
  ["gvpie", "gvpie-daemon", "zero-human-daemon"].map((name) => [
    name,
    new URL(`../../apps/${name}/src/main.ts`, import.meta.url),
  ]),
);
const BLOCK = /(?<=^```console\n)[^]*?(?=^```$)/gm;

interface Step {
  /** May continue on further lines, after a backslash. */
  readonly command: string;
  readonly output: string;
}

function walkThrough(text: string): string {
  return /^## Walk-through\n[^]*?(?=^## )/m.exec(text)?.[0] ?? "";
}

function stepsOf(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const end = /(?<!\\)\n/.exec(step)?.index ?? step.length;
      return { command: step.slice(0, end), output: step.slice(end + 1) };
    });
}

/** Replaces the values of one run: times, durations, and keys and ids by their order of appearance. */
function normalized(text: string): string {
  const names = new Map<string, string>();
  return text
    .replaceAll(/(?<![\w-])[\w-]{43}(?![\w-])/g, (id) => {
      if (!names.has(id)) names.set(id, `<id ${names.size + 1}>`);
      return names.get(id) ?? id;
    })
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+Z| UTC)/g, "<time>")
    .replaceAll(/\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\]/g, "[<time>]")
    .replaceAll(/ +\d+ ms/g, " <n> ms")
    .replaceAll(/_\d{13}_/g, "_<time>_")
    .replaceAll(/request \w+/g, "request <id>")
    .replaceAll(/client [\w-]+/g, "client <name>");
}

/** Runs the commands in one directory. A command that ends with `&` runs until the test ends. */
class Terminal {
  readonly #options: ProcessOptions;
  #daemon: TestProcess | undefined;

  constructor() {
    const cwd = temporaryDirectory();
    const bin = join(temporaryDirectory(), "bin");
    installCommands(bin, PROGRAMS);
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH: `${bin}:${PATH}`, NODE_COMPILE_CACHE, TZ: "UTC", GVPIE_BACKEND: "cpu" };
    this.#options = { cwd, env };
  }

  async run(command: string): Promise<string> {
    if (command.endsWith(" &")) return this.#start(command.slice(0, -2));
    // A command that fails still prints its output.
    const { stdout } = await runProcess("sh", ["-c", `(${command}) 2>&1 || true`], this.#options);
    if (command.includes("capability revoke")) await this.#daemon?.waitForLine(/revoked blocks in .*: [1-9]/);
    return this.#shown(stdout);
  }

  #shown(output: string): string {
    return output.replaceAll(this.#options.cwd ?? "", "/home/me");
  }

  async #start(command: string): Promise<string> {
    this.#daemon = disposeAfterTest(startProcess("sh", ["-c", `exec ${command}`], this.#options));
    const last = await this.#daemon.waitForLine("serving ");
    const { stderr } = this.#daemon;
    return this.#shown(`${stderr.slice(0, stderr.indexOf(last))}${last}\n`);
  }
}

test("the walk-through of docs/capabilities.md shows the real commands and messages", async () => {
  const text = readFileSync(page, "utf8");
  const section = walkThrough(text);
  const terminal = new Terminal();
  const shown: string[] = [];
  for (const [block] of section.matchAll(BLOCK)) {
    let output = "";
    for (const { command } of stepsOf(block)) output += `$ ${command}\n${await terminal.run(command)}`;
    shown.push(output);
  }
  const written = section.replaceAll(BLOCK, () => shown.shift() ?? "");
  const isUpdate = process.env["UPDATE_GOLDEN"] === "1";
  if (isUpdate) {
    writeFileSync(
      page,
      text.replace(section, () => written),
    );
  }
  expect(normalized(isUpdate ? "" : written)).toBe(normalized(isUpdate ? "" : section));
  // Within the limits, beyond them, and revoked.
  for (const words of [/^ok +hello_gpu/m, /CAP_LIMIT_PIXELS/, /CAP_REVOKED/]) expect(written).toMatch(words);
});
