import { hasSystemdNotify, skipVisibly, startServiceManager, waitUntil } from "@gvpie/testing";
import { disposeAfterTest } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { workspaceWith } from "./support/workspace.ts";

const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;

test("the service manager hears when the loop runs, that it takes turns, and that it stops", async (context) => {
  if (!hasSystemdNotify()) skipVisibly(context, "expected systemd-notify; apt-get install systemd");
  const manager = disposeAfterTest(await startServiceManager());
  const workspace = await workspaceWith(BOX);
  const loop = workspace.startIn({ NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "100000" });
  await manager.waitFor(/^READY=1$/);
  await loop.waitForLine("box ");
  await manager.waitFor(/^WATCHDOG=1$/);
  expect(await loop.kill("SIGTERM")).toBe(0);
  const { received } = manager;
  expect(received).toContain("STATUS=running scripts");
  expect(received.indexOf("READY=1")).toBeLessThan(received.indexOf("WATCHDOG=1"));
  expect(received.findLast((one) => one !== "WATCHDOG=1")).toBe("STOPPING=1");
});

test("the status names the problem that lasts, and its end", async (context) => {
  if (!hasSystemdNotify()) skipVisibly(context, "expected systemd-notify; apt-get install systemd");
  const manager = disposeAfterTest(await startServiceManager());
  const workspace = await workspaceWith({ ...BOX, lang: "gvpie" });
  workspace.startIn({ NOTIFY_SOCKET: manager.socket });
  await manager.waitFor(/^STATUS=(?:warn|error): .*renderer/);
  await workspace.startRenderer();
  await waitUntil(
    () => manager.received.findLast((one) => one.startsWith("STATUS=")) === "STATUS=running scripts",
  );
});
