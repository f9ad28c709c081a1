import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

/**
 * Every command by its full name. Each is loaded when it runs, so that rendering a picture never waits for the
 * database driver.
 */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  render: {
    summary: "Render a program into a cartridge, a PNG that carries its program.",
    load: async () => (await import("./commands/render.ts")).render,
  },
  check: {
    summary: "Say what is wrong with programs.",
    load: async () => (await import("./commands/check.ts")).check,
  },
  format: {
    summary: "Print programs in the canonical form.",
    load: async () => (await import("./commands/format.ts")).format,
  },
  inspect: {
    summary: "Say what a PNG carries: size, checksum, program, time.",
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  verify: {
    summary: "Check that cartridges show what their programs draw.",
    load: async () => (await import("./commands/verify.ts")).verify,
  },
  show: {
    summary: "Draw a program or PNG in the terminal.",
    load: async () => (await import("./commands/show.ts")).show,
  },
  debug: {
    summary: "Run a program step by step, and look at its variables and its picture.",
    load: async () => (await import("./commands/debug.ts")).debug,
  },
  "db init": {
    summary: "Create the database, or bring an old one up to date.",
    load: async () => (await import("./commands/db.ts")).init,
  },
  "db schema": {
    summary: "Print the SQL of the database.",
    load: async () => (await import("./commands/db.ts")).schema,
  },
  "scripts list": {
    summary: "List the scripts and how their runs went.",
    load: async () => (await import("./commands/scripts.ts")).list,
  },
  "scripts add": {
    summary: "Add a script; a running loop starts it at once.",
    load: async () => (await import("./commands/scripts.ts")).add,
  },
  "scripts show": {
    summary: "Print a script's code.",
    load: async () => (await import("./commands/scripts.ts")).show,
  },
  "scripts enable": {
    summary: "Let the loop run a script.",
    load: async () => (await import("./commands/scripts.ts")).enable,
  },
  "scripts disable": {
    summary: "Keep the loop from running a script.",
    load: async () => (await import("./commands/scripts.ts")).disable,
  },
  "scripts remove": {
    summary: "Delete a script and the record of its runs.",
    load: async () => (await import("./commands/scripts.ts")).remove,
  },
  "runs list": {
    summary: "List the latest runs.",
    load: async () => (await import("./commands/runs.ts")).list,
  },
  "runs show": {
    summary: "Show one run with all it printed.",
    load: async () => (await import("./commands/runs.ts")).show,
  },
  doctor: {
    summary: "Check this machine: Node, WebGPU adapters, directory, renderer, database.",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
};
