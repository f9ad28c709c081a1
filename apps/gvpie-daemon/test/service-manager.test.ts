import { hasSystemdNotify, skipVisibly, startServiceManager } from "@gvpie/testing";
import { disposeAfterTest } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { connect, serve, sharedPath } from "./support/daemon.ts";

test("the service manager hears when the renderer serves, that it takes turns, and that it stops", async (context) => {
  if (!hasSystemdNotify()) skipVisibly(context, "expected systemd-notify; apt-get install systemd");
  const manager = disposeAfterTest(await startServiceManager());
  const dir = sharedPath();
  const daemon = await serve(dir, [], { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "100000" });
  await manager.waitFor(/^READY=1$/);
  await connect(dir).render("TXT 1 1 a");
  await manager.waitFor(/^WATCHDOG=1$/);
  expect(await daemon.kill("SIGTERM")).toBe(0);
  const { received } = manager;
  expect(received).toContain(`STATUS=serving ${dir}`);
  expect(received.indexOf("READY=1")).toBeLessThan(received.indexOf("WATCHDOG=1"));
  expect(received.findLast((one) => one !== "WATCHDOG=1")).toBe("STOPPING=1");
  expect(daemon.stderr).not.toContain("systemd");
});

test("a service manager that cannot be reached costs one warning, and the renderer serves", async (context) => {
  if (!hasSystemdNotify()) skipVisibly(context, "expected systemd-notify; apt-get install systemd");
  const dir = sharedPath();
  const daemon = await serve(dir, [], { NOTIFY_SOCKET: "/nonexistent/notify", WATCHDOG_USEC: "20000" });
  await daemon.waitForLine("cannot report to systemd: ");
  await connect(dir).render("TXT 1 1 a");
  expect(await daemon.kill("SIGTERM")).toBe(0);
  expect(daemon.stderr.match(/cannot report to systemd/g)).toHaveLength(1);
});
