import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, onTestFinished, test } from "vitest";
import { serve, temporaryPath } from "./daemon.ts";

const HEAVY = { code: "RECT 0 0 4096 4096\n".repeat(250), width: 4096, height: 4096 };

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  test("ends an idle daemon with 0", async () => {
    const daemon = await serve(temporaryPath());
    const asked = performance.now();
    daemon.child.kill(signal);
    daemon.child.kill(signal);
    const { code, stderr } = await daemon.ended;
    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2_000);
    expect(stderr).toContain(`${signal}: finishing requests in progress`);
    expect(stderr).toContain("stopped");
  });

  test("ends a busy one within two seconds", async () => {
    const dir = temporaryPath();
    const daemon = await serve(dir, ["--max-painted-pixels", String(2 ** 32)]);
    const client = createFileSocketClient({ dir });
    onTestFinished(() => client.close());
    const replies = [1, 2, 3].map(() => client.render(HEAVY.code, HEAVY).catch((error: unknown) => error));
    await sleep(150);
    const asked = performance.now();
    daemon.child.kill(signal);
    const { code } = await daemon.ended;
    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2_000);
    await client.close();
    await Promise.all(replies);
  });
});

test("kill -9 under load, again and again: every request is answered", async () => {
  const dir = temporaryPath();
  let daemon = await serve(dir);
  const clients = [1, 2, 3].map(() => createFileSocketClient({ dir }));
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });
  let wrong = 0;
  const over = new AbortController();
  const load = clients.map(async (client, c) => {
    let answered = 0;
    for (let i = 0; !over.signal.aborted; i += 1) {
      const source = `TXT ${i % 100} ${c * 10} ${c}:${i}`;
      const { data } = await client.render(source, { timeoutMs: 30_000 });
      if (Buffer.compare(Buffer.from(data), Buffer.from(renderProgram(source).data)) !== 0) wrong += 1;
      answered += 1;
    }
    return answered;
  });
  for (let kills = 0; kills < 5; kills += 1) {
    await sleep(40 + kills * 37);
    daemon.child.kill("SIGKILL");
    await daemon.ended;
    daemon = await serve(dir);
  }
  await sleep(100);
  over.abort();
  const answered = await Promise.all(load);
  expect(wrong).toBe(0);
  expect(Math.min(...answered)).toBeGreaterThan(5);
});

test("a log reader that goes away does not end it", async () => {
  const dir = temporaryPath();
  const daemon = await serve(dir, ["--log-level", "debug"]);
  daemon.child.stderr?.destroy();
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  for (let i = 0; i < 20; i += 1) await client.render(`TXT 1 1 ${i}`);
  expect(daemon.child.exitCode).toBeNull();
});
