import { readFileSync, writeFileSync } from "node:fs";
import { readPrivateKey, readPublicKey, writeKeyPair } from "@gvpie/app-common/capability";
import { issueCapability, thumbprintOf, type CapabilityLimits } from "@gvpie/capability";
import { createTemporaryDirectory, type ProcessOptions, type ProcessResult } from "@gvpie/testing";
import { expect } from "vitest";
import { parseInvocation } from "../../src/command.ts";
import { COMMANDS } from "../../src/commands.ts";
import { gvpie } from "./gvpie.ts";

/** An argument that names a file of the directory. */
const FILE = /^(?:root|server|mine|script|nowhere|revocations|.+\.(?:pub|cap|pxl))$/;
const DAY = 86_400;
const KEYS = ["root", "server", "mine", "script"] as const;

/** A directory with the key pairs `root`, `server`, `mine` and `script`, a program, and the capability `mine.cap`. */
export interface CapabilityDirectory extends Disposable {
  readonly thumbprints: Readonly<Record<(typeof KEYS)[number], string>>;
  path(name: string): string;
  /** Returns the content of a file, without white space at its end. */
  read(name: string): string;
  write(name: string, content: string): void;
  /** Issues a capability for the server and the key `mine`. */
  issue(limits: CapabilityLimits): Promise<string>;
  /** Runs `gvpie capability`; an argument with spaces, or an empty one, is in quotation marks. */
  run(args: string, options?: ProcessOptions): Promise<ProcessResult>;
  /** Returns the error of a command that fails before it prints anything; it runs in this process. */
  failure(args: string): Promise<{ readonly name: string; readonly code?: string; readonly message: string }>;
  /** Runs a command that must succeed. */
  succeed(args: string, options?: ProcessOptions): Promise<ProcessResult>;
}

export async function createCapabilityDirectory(): Promise<CapabilityDirectory> {
  const directory = createTemporaryDirectory();
  const thumbprints = Object.fromEntries(
    await Promise.all(
      KEYS.map(async (name) => [name, await thumbprintOf(writeKeyPair(directory.join(name)))] as const),
    ),
  ) as CapabilityDirectory["thumbprints"];

  const at: CapabilityDirectory = {
    thumbprints,
    path: (name) => directory.join(name),
    read: (name) => readFileSync(directory.join(name), "utf8").trimEnd(),
    write: (name, content) => writeFileSync(directory.join(name), content),
    issue: (limits) =>
      issueCapability({
        rootKey: readPrivateKey(directory.join("root")),
        to: readPublicKey(directory.join("mine.pub")),
        limits: { audience: [thumbprints.server], ...limits },
      }),
    run: (args, options) => gvpie(["capability", ...wordsOf(args)], { cwd: directory.path, ...options }),
    failure: async (args) => {
      const [name = "", ...rest] = wordsOf(args);
      const command = await COMMANDS[`capability ${name}`]?.load();
      if (command === undefined) throw new Error(`expected a command, got "${name}"`);
      const paths = rest.map((word) => (FILE.test(word) ? directory.join(word) : word));
      try {
        const { values, positionals } = parseInvocation(command, paths, {});
        await command.run(values, positionals);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const { name: kind, code } = error as NodeJS.ErrnoException;
        const message = error.message.replaceAll(`${directory.path}/`, "");
        return { name: kind, message, ...(code !== undefined && { code }) };
      }
      throw new Error(`expected an error of "${args}", got none`);
    },
    succeed: async (args, options) => {
      const result = await at.run(args, options);
      expect({ args, ...result }).toMatchObject({ status: 0 });
      return result;
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
  at.write("hello.pxl", "TXT 1 1 hi\n");
  const text = await at.issue({
    operations: ["render_program", "ping"],
    pixels: 65_536,
    backends: ["cpu"],
    expires: Math.floor(Date.now() / 1000) + 30 * DAY,
  });
  at.write("mine.cap", `${text}\n`);
  return at;
}

function wordsOf(args: string): string[] {
  return [...args.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
}
