import { setTimeout as sleep } from "node:timers/promises";
import { renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";
import { connect, serve, sharedPath } from "./support/daemon.ts";

const COSTLY = "RECT 0 0 4096 4096\n".repeat(250);
const LARGE = { width: 4096, height: 4096 };

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  test("ends an idle daemon with exit code 0", async () => {
    const daemon = await serve(sharedPath());
    const signalledAt = performance.now();
    daemon.signal(signal);
    daemon.signal(signal);
    const { status, stderr } = await daemon.result();
    expect(status).toBe(0);
    expect(performance.now() - signalledAt).toBeLessThan(2_000);
    expect(stderr).toContain(`${signal}: finishing requests in progress`);
    expect(stderr).toContain("stopped");
  });

  // A busy machine may need more than one try.
  test("ends a busy daemon within two seconds", { retry: 3 }, async () => {
    const dir = sharedPath();
    const daemon = await serve(dir, ["--max-painted-pixels", String(2 ** 32)]);
    const client = connect(dir);
    const replies = [1, 2, 3].map(() => client.render(COSTLY, LARGE).catch((error: unknown) => error));
    await sleep(150);
    const signalledAt = performance.now();
    expect(await daemon.kill(signal)).toBe(0);
    expect(performance.now() - signalledAt).toBeLessThan(2_000);
    await client.close();
    await Promise.all(replies);
  });
});

test("answers every request although the daemon is killed five times under load", async () => {
  const dir = sharedPath();
  let daemon = await serve(dir);
  const clients = [1, 2, 3].map(() => connect(dir));
  let wrong = 0;
  const stop = new AbortController();
  const load = clients.map(async (client, c) => {
    let answered = 0;
    for (let i = 0; !stop.signal.aborted; i += 1) {
      const source = `TXT ${i % 100} ${c * 10} ${c}:${i}`;
      const { data } = await client.render(source, { timeoutMs: 30_000 });
      if (Buffer.compare(Buffer.from(data), Buffer.from(renderProgram(source).data)) !== 0) wrong += 1;
      answered += 1;
    }
    return answered;
  });
  for (let kills = 0; kills < 5; kills += 1) {
    await sleep(40 + kills * 37);
    await daemon.kill();
    daemon = await serve(dir);
  }
  await sleep(100);
  stop.abort();
  const answered = await Promise.all(load);
  expect(wrong).toBe(0);
  expect(Math.min(...answered)).toBeGreaterThan(5);
});

test("goes on serving when the reader of stderr closes it", async () => {
  const dir = sharedPath();
  const daemon = await serve(dir, ["--log-level", "debug"]);
  daemon.child.stderr?.destroy();
  const client = connect(dir);
  for (let i = 0; i < 20; i += 1) await client.render(`TXT 1 1 ${i}`);
  expect(daemon.child.exitCode).toBeNull();
});
