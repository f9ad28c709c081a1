import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { hostname } from "node:os";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { installCommands, runProcess, startProcess, type TestProcess, waitUntil } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, onTestFinished, test } from "vitest";

// Runs the commands of docs/operating.md with the real programs, and compares what they print.
// UPDATE_GOLDEN=1 writes their output into the page: look at it, because it shows what a command printed once.

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = join(root, "docs/operating.md");
const PROGRAMS = Object.fromEntries(
  ["gvpie", "gvpie-daemon", "zero-human-daemon"].map((name) => [
    name,
    new URL(`../../apps/${name}/src/main.ts`, import.meta.url),
  ]),
);
const UNITS = ["gvpie-daemon", "zero-human-daemon"];
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

/** Commands that change the machine, with the test that runs each. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^npm install --global --prefix \/usr\/local @gvpie\/cli /, "verification/release/packed.test.ts"],
  [/^gvpie service install --system$/, "verification/systemd/boot.sh"],
  [/^systemd-sysusers$/, "verification/systemd/boot.sh"],
  [/^systemd-tmpfiles --create$/, "verification/systemd/boot.sh"],
  [/^systemctl daemon-reload$/, "verification/systemd/boot.sh"],
  // The shell whose commands this test runs.
  [/^runuser -u gvpie -- env -C /, "verification/release/operating.test.ts"],
];
/** Commands that only read: they are repeated until they print what the page says, as a person would. */
const READS = /^gvpie (status|scripts list|runs list)|^curl /;

/** Milliseconds after which an update takes the state of the daemons for the final one. */
const SETTLED_MS = 4_000;

interface Step {
  readonly prompt: string;
  readonly command: string;
  readonly output: string;
}

function stepsOf(block: string): Step[] {
  return Array.from(
    block.matchAll(/^([$#]) (.*)\n((?:(?![$#] ).*\n)*)/gm),
    ([, prompt = "", command = "", output = ""]) => ({
      prompt,
      command,
      output,
    }),
  );
}

/** Replaces the values of one run: times, numbers, codes, and the widths of columns. */
function normalized(output: string): string {
  return output
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/(?<=login#)[\w-]+/g, "<code>")
    .replaceAll(/\d[\d,.]*/g, "N")
    .replaceAll(/\bN (ms|s|min|h|days?|d)\b/g, "N <unit>")
    .replaceAll(/\bN ([KMGT]iB|bytes)\b/g, "N <bytes>")
    .replaceAll(/ {2,}/g, "  ");
}

/** The machine of the page: its directories are in a temporary one, and its units are processes. */
class Machine {
  readonly #state = temporaryDirectory();
  readonly #shared = join(temporaryDirectory(), "gvpie");
  readonly #settings = temporaryDirectory();
  readonly #units = new Map<string, TestProcess>();
  /** Address of the page. */
  #http = "";
  readonly #env: NodeJS.ProcessEnv;
  readonly #receiver: string;

  constructor(receiver: string) {
    this.#receiver = receiver;
    const bin = join(temporaryDirectory(), "bin");
    installCommands(bin, PROGRAMS);
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.#env = {
      PATH: `${bin}:${PATH}`,
      NODE_COMPILE_CACHE,
      HOME: this.#state,
      TZ: "UTC",
      GVPIE_BACKEND: "cpu",
      GVPIE_DB: join(this.#state, "daemon.db"),
      GVPIE_CARTRIDGES: join(this.#state, "cartridges"),
      GVPIE_DIR: this.#shared,
    };
  }

  /** Writes a file of the page below /etc/gvpie. */
  write(name: string, content: string, mode = 0o600): void {
    writeFileSync(join(this.#settings, name), this.#here(content), { mode });
  }

  async run({ prompt, command, output }: Step): Promise<string> {
    if (prompt === "#") return this.#asRoot(command);
    const expected = normalized(output);
    if (isUpdate && READS.test(command)) await sleep(SETTLED_MS);
    let printed = await this.#shell(command);
    if (isUpdate || !READS.test(command)) return printed;
    const deadline = Date.now() + 20_000;
    while (normalized(printed) !== expected && Date.now() < deadline) {
      printed = await this.#shell(command);
    }
    return printed;
  }

  async #shell(command: string): Promise<string> {
    const { stdout } = await runProcess("sh", ["-c", `(${this.#here(command)}) 2>&1 || true`], {
      cwd: this.#state,
      env: { ...this.#env, GVPIE_HTTP: this.#http },
    });
    return this.#there(stdout);
  }

  async #asRoot(command: string): Promise<string> {
    const [, verb, names] = /^systemctl (enable --now|start|stop|restart) (.+)$/.exec(command) ?? [];
    if (verb === undefined || names === undefined) {
      const place = ELSEWHERE.find(([pattern]) => pattern.test(command))?.[1];
      if (place === undefined || !existsSync(join(root, place))) {
        throw new Error(`expected a command that a test runs, got: ${command}`);
      }
      return "";
    }
    for (const name of names.split(" ")) {
      if (!UNITS.includes(name)) throw new Error(`expected one of ${UNITS.join(", ")}, got: ${command}`);
      const status = verb === "stop" || verb === "restart" ? await this.#units.get(name)?.kill("SIGTERM") : 0;
      if (status !== 0) throw new Error(`expected ${name} to end with 0, got ${status}`);
      if (verb !== "stop") await this.#start(name);
    }
    return "";
  }

  async #start(name: string): Promise<void> {
    const settings = readFileSync(join(this.#settings, `${name}.env`), "utf8");
    const variables = Array.from(settings.matchAll(/^(GVPIE_\w+)=(.*)$/gm), ([, key = "", value = ""]) => [
      key,
      key === "GVPIE_HTTP" ? "127.0.0.1:0" : value,
    ]);
    const env = { ...this.#env, ...Object.fromEntries(variables) };
    const started = disposeAfterTest(startProcess(name, [], { cwd: this.#state, env }));
    this.#units.set(name, started);
    const line = await started.waitForLine("serving http");
    if (name === "gvpie-daemon") await started.waitForLine("for many clients");
    else this.#http = /http:\/\/([^/]+)/.exec(line)?.[1] ?? "";
  }

  #here(command: string): string {
    return command
      .replaceAll("/etc/gvpie", this.#settings)
      .replaceAll(/https:\/\/(ping|notify)\.example\.org/g, `${this.#receiver}/$1`)
      .replaceAll("127.0.0.1:8437", "$GVPIE_HTTP");
  }

  #there(output: string): string {
    return (
      output
        // Of Dawn, on a machine without Vulkan.
        .replaceAll(/^Warning: Couldn't load Vulkan.*\n.*\n\n/gm, "")
        .replaceAll(this.#state, "/var/lib/gvpie")
        .replaceAll(this.#shared, "/run/gvpie")
        .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:8437")
        .replaceAll(` on ${hostname()},`, " on host,")
    );
  }
}

/** Starts the services that the page names: for messages, and for pings. Returns its address. */
async function startReceiver(received: string[]): Promise<string> {
  const receive = async (request: IncomingMessage): Promise<void> => {
    received.push(`${request.url} ${await text(request)}`);
  };
  const server = createServer((request, response) => void receive(request).finally(() => response.end()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("docs/operating.md shows the real commands and messages", async () => {
  const received: string[] = [];
  const machine = new Machine(await startReceiver(received));
  const document = readFileSync(page, "utf8");
  for (const [, content = "", name = ""] of document.matchAll(
    /^```(?:ini|sh)\n((?:#!.*\n)?# \/etc\/gvpie\/(\S+)\n[^]*?)^```$/gm,
  )) {
    machine.write(name, content, name === "notify" ? 0o755 : 0o600);
  }
  const shown: string[] = [];
  for (const [, block = ""] of document.matchAll(/^```console\n([^]*?)^```$/gm)) {
    let output = "";
    for (const step of stepsOf(block)) {
      output += `${step.prompt} ${step.command}\n${await machine.run(step)}`;
    }
    shown.push(output);
  }
  const written = document.replaceAll(/(?<=^```console\n)[^]*?(?=^```$)/gm, () => shown.shift() ?? "");
  if (isUpdate) writeFileSync(page, written);
  expect(normalized(written)).toBe(normalized(isUpdate ? written : document));
  // Both kinds of problems and both ends of them.
  await waitUntil(() => received.some((one) => /recovery NO_RENDERER gvpie: /.test(one)));
  for (const event of [
    /^\/notify\/gvpie .* failure NO_RENDERER gvpie: no renderer/,
    /^\/ping\/2f6c $/,
    /^\/ping\/2f6c\/fail $/,
  ]) {
    expect(received).toContainEqual(expect.stringMatching(event));
  }
});
