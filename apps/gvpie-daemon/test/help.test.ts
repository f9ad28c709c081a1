import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { writeKeyPair } from "@gvpie/app-common/capability";
import { bareEnvironment, installCommands, startProcess } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { HELP } from "../src/help.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);

test.each(HELP.examples)("%s serves until SIGTERM", async (line) => {
  const cwd = temporaryDirectory();
  installCommands(join(cwd, "bin"), { "gvpie-daemon": MAIN });
  mkdirSync(join(cwd, "home"));
  writeKeyPair(join(cwd, "root"));
  writeKeyPair(join(cwd, "server"));
  const env = bareEnvironment({
    PATH: `${join(cwd, "bin")}${delimiter}${process.env["PATH"]}`,
    HOME: join(cwd, "home"),
    // In place of /tmp/gvpie, which is the machine's.
    GVPIE_DIR: join(cwd, "shared"),
  });
  // Another process may have the port.
  const command = `exec ${line.replace(/(?<=127\.0\.0\.1:)\d+/, "0")}`;
  const daemon = disposeAfterTest(startProcess("sh", ["-c", command], { cwd, env }));
  await daemon.waitForLine(line.includes("json") ? '"msg":"serving /' : "serving /");
  expect(await daemon.kill("SIGTERM")).toBe(0);
});
