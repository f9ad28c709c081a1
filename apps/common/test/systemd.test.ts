import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasSystemdNotify, skipVisibly, startServiceManager, waitUntil } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { beforeEach, describe, expect, test } from "vitest";
import { createServiceNotifier, type ServiceNotifier } from "../src/daemon/systemd.ts";

/** A notifier in this process, and the warnings that it logged. */
function notifierIn(env: NodeJS.ProcessEnv): { service: ServiceNotifier; warnings: string[] } {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  return { service: createServiceNotifier({ warn }, env), warnings };
}

/** A directory with a program `systemd-notify` of the test. */
function withProgram(script: string): string {
  const directory = temporaryDirectory();
  const path = join(directory, "systemd-notify");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${directory}:${process.env["PATH"]}`;
}

describe("with systemd-notify", () => {
  beforeEach((context) => {
    if (!hasSystemdNotify()) skipVisibly(context, "expected systemd-notify; apt-get install systemd");
  });

  test("the service manager gets the start, the status, the turns of the main thread and the end", async () => {
    const manager = disposeAfterTest(await startServiceManager());
    const { service, warnings } = notifierIn({
      NOTIFY_SOCKET: manager.socket,
      WATCHDOG_USEC: "20000",
      WATCHDOG_PID: String(process.pid),
      PATH: process.env["PATH"],
    });
    service.status(() => "serving /run/gvpie");
    service.ready();
    await manager.waitFor(/^WATCHDOG=1$/);
    service.stopping();
    await service.close();
    const { received } = manager;
    expect(received.filter((one) => one !== "WATCHDOG=1")).toEqual([
      "STATUS=serving /run/gvpie",
      "READY=1",
      "STOPPING=1",
    ]);
    expect(received.indexOf("READY=1")).toBeLessThan(received.indexOf("WATCHDOG=1"));
    expect(warnings).toEqual([]);
  });

  test("a status is one line without control characters, and an equal one is not sent again", async () => {
    const manager = disposeAfterTest(await startServiceManager());
    const { service } = notifierIn({ NOTIFY_SOCKET: manager.socket, PATH: process.env["PATH"] });
    service.status(() => "waiting\nREADY=1\u001b[31m");
    service.status(() => "waiting\nREADY=1\u001b[31m");
    service.status(() => `next ${"x".repeat(500)}`);
    service.status(() => "last");
    await service.close();
    expect(manager.received).toEqual(["STATUS=waiting␊READY=1␛[31m", "STATUS=last"]);
  });

  test("a status that changes nothing does not end the reports", async () => {
    const manager = disposeAfterTest(await startServiceManager());
    const { service } = notifierIn({ NOTIFY_SOCKET: manager.socket, PATH: process.env["PATH"] });
    service.status(() => "");
    service.ready();
    await manager.waitFor(/^READY/);
    await service.close();
  });

  test("the watchdog of another process is not fed", async () => {
    const manager = disposeAfterTest(await startServiceManager());
    const { service } = notifierIn({
      NOTIFY_SOCKET: manager.socket,
      WATCHDOG_USEC: "2000",
      WATCHDOG_PID: "1",
      PATH: process.env["PATH"],
    });
    service.ready();
    await manager.waitFor(/^READY/);
    await service.close();
    expect(manager.received).toEqual(["READY=1"]);
  });

  test("a service manager that has gone leaves one warning", async () => {
    const { service, warnings } = notifierIn({
      NOTIFY_SOCKET: "/nonexistent/socket",
      PATH: process.env["PATH"],
    });
    service.ready();
    await waitUntil(() => warnings.length > 0);
    service.stopping();
    await service.close();
    expect(warnings).toEqual([
      "cannot report to systemd: systemd-notify ended with exit code 1: Failed to notify init system: No such file or directory",
    ]);
  });
});

test("without a service manager, nothing is started", async () => {
  const marker = join(temporaryDirectory(), "started");
  const { service, warnings } = notifierIn({ WATCHDOG_USEC: "1000", PATH: withProgram(`touch ${marker}`) });
  service.ready();
  service.status(() => "running");
  service.stopping();
  await service.close();
  expect(warnings).toEqual([]);
  expect(() => writeFileSync(marker, "", { flag: "wx" })).not.toThrow();
});

test("child processes inherit no variable of the service manager", async () => {
  const env = {
    NOTIFY_SOCKET: "/nonexistent",
    WATCHDOG_USEC: "1",
    WATCHDOG_PID: "1",
    HOME: "/",
    PATH: "/nonexistent",
  };
  const { service } = notifierIn(env);
  await service.close();
  expect(env).toEqual({ HOME: "/", PATH: "/nonexistent" });
});

test("without the program, one warning says what to do", async () => {
  const { service, warnings } = notifierIn({ NOTIFY_SOCKET: "/nonexistent", PATH: temporaryDirectory() });
  service.ready();
  await waitUntil(() => warnings.length > 0);
  service.stopping();
  await service.close();
  expect(warnings).toEqual([
    "cannot report to systemd: expected the program systemd-notify, found none in PATH; install the package systemd, or set Type=exec in the unit",
  ]);
});

test("a program that does not end is ended at the close, and its output is bounded", async () => {
  const { service, warnings } = notifierIn({ NOTIFY_SOCKET: "/x", PATH: withProgram("exec sleep 1000") });
  service.ready();
  await service.close();
  expect(warnings).toEqual([]);
  const loud = notifierIn({
    NOTIFY_SOCKET: "/x",
    PATH: withProgram("yes long | head -c 1000000 >&2; exit 3"),
  });
  loud.service.ready();
  await waitUntil(() => loud.warnings.length > 0);
  await loud.service.close();
  expect(loud.warnings[0]).toMatch(/^cannot report to systemd: systemd-notify ended with exit code 3: long␊/);
  expect(loud.warnings[0]?.length).toBeLessThan(3_000);
});
