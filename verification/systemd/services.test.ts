import { waitUntil } from "@gvpie/testing";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { bootMachine, cannotBoot, type Machine } from "./machine.ts";

const RENDERER = "gvpie-daemon.service";
const LOOP = "zero-human-daemon.service";

describe("the services in a real systemd", () => {
  let booted: Machine | undefined;
  let reason: string | undefined = cannotBoot();
  beforeAll(async () => {
    if (reason !== undefined) return;
    try {
      booted = await bootMachine();
    } catch (error) {
      reason = `systemd cannot be booted here: ${String(error)}`;
    }
  });
  afterAll(async () => booted?.[Symbol.asyncDispose]());
  // Many containers do not have these rights, so a skip is not a failure in CI.
  const machineOr = (context: TestContext): Machine => {
    if (booted !== undefined) return booted;
    console.warn(`skipped: ${reason}`);
    return context.skip(reason);
  };

  test("start, run the first script through the renderer, and keep their files in /var/lib and /run", async (context) => {
    const machine = machineOr(context);
    for (const unit of [RENDERER, LOOP]) {
      const state = await machine.show(unit, "ActiveState", "SubState", "NRestarts", "User", "StatusText");
      expect(state).toEqual({
        ActiveState: "active",
        SubState: "running",
        NRestarts: "0",
        User: "gvpie",
        StatusText: unit === RENDERER ? "serving /run/gvpie" : "running scripts",
      });
    }
    await waitUntil(async () => (await machine.run("ls", "/var/lib/gvpie/cartridges")).includes(".png"));
    expect(await machine.run("stat", "-c", "%U %a", "/var/lib/gvpie/daemon.db", "/run/gvpie")).toBe(
      "gvpie 600\ngvpie 700\n",
    );
  });

  test("a restart of the renderer keeps its directory, and the loop goes on", async (context) => {
    const machine = machineOr(context);
    const inode = await machine.run("stat", "-c", "%i", "/run/gvpie");
    await machine.run("systemctl", "restart", RENDERER);
    expect(await machine.run("stat", "-c", "%i", "/run/gvpie")).toBe(inode);
    const count = async (): Promise<number> =>
      Number(
        await machine.run(
          "/usr/local/bin/node",
          "-e",
          'console.log(new (require("node:sqlite").DatabaseSync)("/var/lib/gvpie/daemon.db").prepare("SELECT count(*) n FROM improvement_runs WHERE success").get().n)',
        ),
      );
    const before = await count();
    await machine.run(
      "gvpie",
      "scripts",
      "set",
      "hello_gpu",
      "--db",
      "/var/lib/gvpie/daemon.db",
      "--code",
      "/dev/null",
    );
    await waitUntil(async () => (await count()) > before);
  });

  test("a process that takes no turns is ended by the watchdog and started again", async (context) => {
    const machine = machineOr(context);
    const setting = `/run/systemd/system/${LOOP}.d/watchdog.conf`;
    await machine.run(
      "sh",
      "-c",
      `mkdir -p ${dirname(setting)} && printf '[Service]\\nWatchdogSec=2\\n' > ${setting}`,
    );
    await machine.run("systemctl", "daemon-reload");
    await machine.run("systemctl", "restart", LOOP);
    const { MainPID: before = "" } = await machine.show(LOOP, "MainPID");
    await machine.run("kill", "-STOP", before);
    await waitUntil(async () => {
      const { MainPID, ActiveState, NRestarts } = await machine.show(
        LOOP,
        "MainPID",
        "ActiveState",
        "NRestarts",
      );
      return MainPID !== before && ActiveState === "active" && Number(NRestarts) > 0;
    });
    await machine.run("rm", setting);
    await machine.run("systemctl", "daemon-reload");
  });

  test("a stop ends both in grace", async (context) => {
    const machine = machineOr(context);
    await machine.run("systemctl", "stop", LOOP, RENDERER);
    for (const unit of [RENDERER, LOOP]) {
      expect(await machine.show(unit, "ActiveState", "Result", "ExecMainStatus")).toEqual({
        ActiveState: "inactive",
        Result: "success",
        ExecMainStatus: "0",
      });
    }
  });

  test("wrong settings in the environment file fail once, without a loop of restarts", async (context) => {
    const machine = machineOr(context);
    await machine.run(
      "sh",
      "-c",
      "mkdir -p /etc/gvpie && echo GVPIE_PING=nonsense > /etc/gvpie/zero-human-daemon.env",
    );
    await machine.run("systemctl", "start", LOOP);
    expect(await machine.show(LOOP, "ActiveState", "ExecMainStatus", "NRestarts")).toEqual({
      ActiveState: "failed",
      ExecMainStatus: "78",
      NRestarts: "0",
    });
  });
});
