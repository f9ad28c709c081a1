import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bareEnvironment } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { SHELL_COMMAND } from "./support/gvpie.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

interface Step {
  readonly command: string;
  readonly output: string;
}

/** The commands after `$ ` in the README's console blocks, with the output below each. */
function steps(): Step[] {
  return [...README.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const end = step.indexOf("\n");
        return { command: step.slice(0, end), output: step.slice(end + 1) };
      }),
  );
}

/** Deflate's output differs between releases of zlib. */
function withoutSizes({ command, output }: Step): Step {
  return { command, output: output.replaceAll(/\d+ bytes/g, "N bytes") };
}

test("the README's console blocks show the real output", async () => {
  const directory = temporaryDirectory();
  const gvpie = join(directory, "gvpie");
  writeFileSync(gvpie, `#!/bin/sh\nexec ${SHELL_COMMAND} "$@"\n`);
  chmodSync(gvpie, 0o755);
  const run = promisify(execFile);
  const PATH = `${directory}:${process.env["PATH"]}`;
  const env = bareEnvironment({ PATH, SOURCE_DATE_EPOCH: "1767225600" });

  const shown: Step[] = [];
  for (const { command } of steps()) {
    // A command that fails still prints its output.
    const { stdout } = await run("sh", ["-c", `(${command}) 2>&1 || true`], { cwd: directory, env });
    shown.push({ command, output: stdout });
  }
  expect(shown.map(withoutSizes)).toEqual(steps().map(withoutSizes));
  expect(shown.length).toBeGreaterThan(8);
});
