import { expect, test } from "vitest";
import { connect, serve, sharedPath, startDaemon } from "./support/daemon.ts";

test.each(["SIGHUP", "SIGQUIT", "SIGALRM", "SIGVTALRM", "SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT"] as const)(
  "every signal that ends a process is a graceful stop: %s",
  async (signal) => {
    const daemon = await serve(sharedPath());
    daemon.signal(signal);
    const { status, stderr } = await daemon.result();
    expect(stderr).toContain(`${signal}: finishing requests in progress`);
    expect({ status, isStopped: stderr.endsWith("stopped\n") }).toEqual({ status: 0, isStopped: true });
  },
);

test("no other signal has an effect: SIGUSR1 opens no debugger, and requests are answered", async () => {
  const dir = sharedPath();
  const daemon = await serve(dir);
  const client = connect(dir);
  for (const signal of [
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGXFSZ",
    "SIGCHLD",
    "SIGURG",
    "SIGWINCH",
  ] as const) {
    daemon.signal(signal);
    await client.render("TXT 1 1 a");
  }
  daemon.signal("SIGSTOP");
  daemon.signal("SIGCONT");
  await client.render("TXT 1 1 a");
  expect(await daemon.kill("SIGTERM")).toBe(0);
  expect(daemon.stderr).not.toContain("Debugger");
});

test("ends gracefully while it looks for a graphics card, also after two signals", async () => {
  const daemon = await serve(sharedPath(), [], { GVPIE_BACKEND: "auto" });
  daemon.signal("SIGTERM");
  expect(await daemon.kill("SIGHUP")).toBe(0);
});

const LIMITS = [28, 30, 32, 40, 63];

test.each(["auto", "cpu", "webgpu"])("says how many open files it needs: --backend %s", async (backend) => {
  for (const limit of LIMITS) {
    const wrapper = ["sh", "-c", `ulimit -n ${limit}; exec "$0" "$@"`];
    const daemon = startDaemon(["--dir", sharedPath(), "--backend", backend], {}, wrapper);
    const { status, stderr } = await daemon.result();
    expect(stderr).toContain(`FATAL: expected a limit of at least 64 open files, got ${limit}; raise it`);
    expect(status).toBe(78);
  }
});
