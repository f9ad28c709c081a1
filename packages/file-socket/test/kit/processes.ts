import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerLimits } from "@gvpie/file-socket";

const SOURCE = ["--conditions=@gvpie/source"];

export const kitPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
export const examplesPath: string = fileURLToPath(
  new URL("../../../../examples/python-client", import.meta.url),
);

/** A process of the kit and what it has said, one JSON object a line. */
export interface KitProcess {
  readonly child: ChildProcess;
  readonly told: readonly Record<string, unknown>[];
  /** Everything on stderr. */
  readonly complaints: () => string;
  /** Resolves when a line of this type was told. */
  tells(type: string): Promise<Record<string, unknown>>;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

/** Run a command whose output is one JSON object a line. */
export function start(command: string, args: readonly string[], environment: object = {}): KitProcess {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const told: Record<string, unknown>[] = [];
  let rest = "";
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) told.push(JSON.parse(line) as Record<string, unknown>);
    child.emit("told");
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    told,
    complaints: () => complaints,
    ended,
    tells: async (type) => {
      for (;;) {
        const found = told.find((line) => line["type"] === type);
        if (found !== undefined) return found;
        const next = await Promise.race([once(child, "told"), ended]);
        if (!Array.isArray(next) && !told.some((line) => line["type"] === type)) {
          throw new Error(`the process ended (${next}) before it told "${type}": ${complaints}`);
        }
      }
    },
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Run a TypeScript file of the kit. */
export function startKit(name: string, argument: object): KitProcess {
  return start(process.execPath, [...SOURCE, kitPath(name), JSON.stringify(argument)]);
}

/** A server in a process of its own, ready. */
export async function startServer(dir: string, limits: Partial<ServerLimits> = {}): Promise<KitProcess> {
  const server = startKit("server-process.ts", { dir, limits });
  await server.tells("ready");
  return server;
}
