import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { fileURLToPath } from "node:url";
import { bundleOf } from "./bundle-of.ts";

/** The exit code of a process, or the name of the signal that ended it. */
export type ExitStatus = number | NodeJS.Signals;

/** A JSON object that a process wrote to stdout as one line. */
export type Message = Readonly<Record<string, unknown>>;

export interface ProcessOptions {
  readonly cwd?: string | undefined;
  /** The whole environment. Default: that of this process. See {@link bareEnvironment}. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Written to stdin, which is then closed. Default: stdin is `/dev/null`. */
  readonly input?: string | Uint8Array | undefined;
  /** A command with its arguments that runs this one, such as `["unshare", "-m"]`. */
  readonly wrapper?: readonly string[] | undefined;
  /** Called with each complete line of stdout. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface NodeOptions extends ProcessOptions {
  /** Modules that Node loads before the file. */
  readonly imports?: readonly string[] | undefined;
}

/** The outcome of a process that has ended. */
export interface ProcessResult {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as bytes. */
  readonly bytes: Buffer;
}

/** A child process with everything it has written. Disposing of it kills it, and only it, and waits for its end. */
export class TestProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number = performance.now();
  /** Resolves once the process has ended and its output has been read. Rejects if it cannot be started. */
  readonly exited: Promise<ExitStatus>;
  readonly #stdout = new Output();
  readonly #stderr = new Output();
  readonly #messages: Message[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess, { input, onLine }: ProcessOptions) {
    this.child = child;
    child.stdout?.on("data", (chunk: Buffer) => {
      for (const line of this.#stdout.add(chunk)) {
        const message = parseMessage(line);
        if (message !== undefined) this.#messages.push(message);
        onLine?.(line);
      }
      this.#wake();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr.add(chunk);
      this.#wake();
    });
    // A process that exits early leaves its input unread.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    this.exited = once(child, "close").then(([code, signal]) => (code ?? signal) as ExitStatus);
    this.exited.catch(() => {});
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Everything written to stdout so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  /** Everything written to stderr so far. */
  get stderr(): string {
    return this.#stderr.text;
  }

  /** The complete lines of stdout so far. */
  get lines(): readonly string[] {
    return this.#stdout.lines;
  }

  /** The lines of stdout that are JSON objects, parsed. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /**
   * Calls `read` after each output until it returns something other than `undefined` and `false`; resolves to that
   * value. Rejects with the text on stderr if the process ends first.
   */
  async waitFor<T>(read: () => T | undefined | false, expected: string = read.toString()): Promise<T> {
    let status: ExitStatus | undefined;
    const exited = this.exited.then((value) => (status = value));
    for (;;) {
      const value = read();
      if (value !== undefined && value !== false) return value;
      if (status !== undefined) {
        throw new Error(`expected ${expected}, got exit status ${status}:\n${this.stderr}`);
      }
      const output = Promise.withResolvers<void>();
      this.#waiting.add(output.resolve);
      await Promise.race([output.promise, exited]);
      this.#waiting.delete(output.resolve);
    }
  }

  /** Resolves to the first complete line of stdout or stderr that contains the text or matches the pattern. */
  async waitForLine(pattern: string | RegExp): Promise<string> {
    const matches = (line: string): boolean =>
      typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
    return this.waitFor(
      () => this.#stdout.lines.find(matches) ?? this.#stderr.lines.find(matches),
      `a line with ${String(pattern)}`,
    );
  }

  /** Resolves to the first message whose `type` is this one. */
  async waitForMessage(type: string): Promise<Message> {
    return this.waitFor(
      () => this.#messages.find((message) => message["type"] === type),
      `a message of type "${type}"`,
    );
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ExitStatus> {
    this.signal(signal);
    return this.exited;
  }

  /** Resolves once the process has ended by itself. */
  async result(): Promise<ProcessResult> {
    const status = await this.exited;
    return { status, stdout: this.stdout, stderr: this.stderr, bytes: this.#stdout.bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    // A grandchild may hold the pipes open for longer than the process lives.
    if (this.isRunning) await Promise.race([once(this.child, "exit"), this.exited]).catch(() => {});
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
    await this.exited.catch(() => {});
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

/** Starts a command. */
export function startProcess(
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): TestProcess {
  const { cwd, env, input, wrapper = [] } = options;
  const [program = command, ...rest] = [...wrapper, command, ...args];
  const stdin = input === undefined ? "ignore" : "pipe";
  return new TestProcess(spawn(program, rest, { cwd, env, stdio: [stdin, "pipe", "pipe"] }), options);
}

/** Starts a JavaScript or TypeScript file, or its bundle, under this process's Node, with every package from its sources. */
export function startNode(
  file: string | URL,
  args: readonly string[] = [],
  { imports = [], ...options }: NodeOptions = {},
): TestProcess {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const flags = ["--conditions=@gvpie/source", ...imports.map((module) => `--import=${module}`)];
  return startProcess(process.execPath, [...flags, bundleOf(path), ...args], options);
}

/** Runs a command to its end. */
export async function runProcess(...args: Parameters<typeof startProcess>): Promise<ProcessResult> {
  return startProcess(...args).result();
}

/** Runs a file like {@link startNode}, to its end. */
export async function runNode(...args: Parameters<typeof startNode>): Promise<ProcessResult> {
  return startNode(...args).result();
}

/**
 * An environment of these variables, `PATH` and the place of compiled modules, so that no setting of the machine reaches
 * a command under test.
 */
export function bareEnvironment(variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE, ...variables };
}

function parseMessage(line: string): Message | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

/** The output of one stream so far. */
class Output {
  text = "";
  readonly lines: string[] = [];
  readonly #chunks: Buffer[] = [];
  readonly #decoder = new StringDecoder();
  #rest = "";

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Returns the lines that the chunk completes. */
  add(chunk: Buffer): string[] {
    this.#chunks.push(chunk);
    const text = this.#decoder.write(chunk);
    this.text += text;
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.lines.push(...lines);
    return lines;
  }
}
