import { waitUntil } from "@gvpie/testing";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { bootMachine, cannotBoot, type Machine } from "./machine.ts";

const RENDERER = "gvpie-daemon.service";
const LOOP = "zero-human-daemon.service";
/** Prints the status and the text of a reply. Arguments: port, path, file of the token. */
const ASK = `
const [port, path, file] = process.argv.slice(1);
const authorization = "Bearer " + require("node:fs").readFileSync(file, "utf8").trim();
fetch("http://127.0.0.1:" + port + "/" + path, { headers: { authorization } })
  .then(async (reply) => process.stdout.write(reply.status + " " + (await reply.text())));
`;

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

  test("an address in the environment files opens the page and the metrics, with tokens in /var/lib/gvpie", async (context) => {
    const machine = machineOr(context);
    const ports = { [RENDERER]: 8438, [LOOP]: 8437 };
    await machine.run("mkdir", "-p", "/etc/gvpie");
    for (const [unit, port] of Object.entries(ports)) {
      const file = `/etc/gvpie/${unit.replace(".service", ".env")}`;
      await machine.run("sh", "-c", `echo GVPIE_HTTP=127.0.0.1:${port} > ${file}`);
      await machine.run("systemctl", "restart", unit);
    }
    const ask = async (port: number, path: string, token: string): Promise<string> =>
      machine.run("/usr/local/bin/node", "-e", ASK, String(port), path, token);
    const renderer = "/var/lib/gvpie/gvpie-daemon.token";
    const loop = "/var/lib/gvpie/daemon.db.token";
    expect(await ask(8438, "healthz", renderer)).toBe("200 ok\n");
    await waitUntil(async () => (await ask(8437, "healthz", loop)) === "200 ok\n");
    expect(await ask(8438, "metrics", renderer)).toContain("\ngvpie_renderer_serving 1\n");
    expect(await ask(8437, "metrics", loop)).toContain("\ngvpie_scripts_enabled 1\n");
    expect(await ask(8437, "", loop)).toMatch(/^200 <!doctype html>/i);
    expect(await machine.run("stat", "-c", "%U %a", renderer, loop)).toBe("gvpie 600\ngvpie 600\n");
    await machine.run("rm", "-r", "/etc/gvpie");
    await machine.run("systemctl", "restart", RENDERER, LOOP);
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

  test("a stop ends both gracefully", async (context) => {
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

  test("the units of a user run in the service manager of the user", async (context) => {
    const machine = machineOr(context);
    const as = ["--reuid=4711", "--regid=4711", "--clear-groups", "env", "-i", "HOME=/home/ann"] as const;
    const env = ["XDG_RUNTIME_DIR=/run/user/4711", "PATH=/usr/local/bin:/usr/bin:/bin"] as const;
    const inside = (...command: readonly string[]): Promise<string> =>
      machine.run("setpriv", ...as, ...env, ...command);
    await machine.run("useradd", "--create-home", "--uid", "4711", "ann");
    await machine.run("install", "-d", "-o", "ann", "-g", "ann", "-m", "0700", "/run/user/4711");
    await inside("gvpie", "service", "install", "--user", "--bin", "/usr/local/bin");
    const settings = ["Type=notify", "Delegate=yes"].flatMap((one) => ["-p", one]);
    const variables = ["HOME=/home/ann", "XDG_RUNTIME_DIR=/run/user/4711"].flatMap((one) => ["-E", one]);
    await machine.run(
      "systemd-run",
      "--uid=4711",
      ...settings,
      ...variables,
      "/usr/lib/systemd/systemd",
      "--user",
    );
    await inside("systemctl", "--user", "start", LOOP);
    for (const unit of [RENDERER, LOOP]) {
      expect(await inside("systemctl", "--user", "is-active", unit)).toBe("active\n");
    }
    await waitUntil(async () =>
      (await inside("ls", "/home/ann/.local/state/gvpie/cartridges")).includes(".png"),
    );
    expect(await inside("stat", "-c", "%U %a", "/home/ann/.local/state/gvpie")).toBe("ann 700\n");
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
