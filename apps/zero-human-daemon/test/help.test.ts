import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { bareEnvironment, installCommands, startProcess } from "@gvpie/testing";
import { disposeAfterTest } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { HELP } from "../src/help.ts";
import { workspaceWith } from "./support/workspace.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);

test.each(HELP.examples)("%s runs a script", async (line) => {
  const { cwd } = await workspaceWith({ name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" });
  installCommands(join(cwd, "bin"), { "zero-human-daemon": MAIN });
  writeFileSync(join(cwd, "alert.sh"), "#!/bin/sh\n", { mode: 0o755 });
  const env = bareEnvironment({
    PATH: `${join(cwd, "bin")}${delimiter}${process.env["PATH"]}`,
    GVPIE_DIR: join(cwd, "shared"),
  });
  // Another process may have the port.
  const command = `exec ${line.replace(/(?<=127\.0\.0\.1:)\d+/, "0")}`;
  const daemon = disposeAfterTest(startProcess("sh", ["-c", command], { cwd, env }));
  await daemon.waitForLine(/^ok +box /);
  expect(await (line.includes("--once") ? daemon.exited : daemon.kill("SIGTERM"))).toBe(0);
});
