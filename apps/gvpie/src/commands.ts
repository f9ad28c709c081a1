import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

/**
 * Every command by its full name. A command is loaded when it runs, so that `render` does not load the database driver.
 */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  render: {
    summary: "Render a program into a cartridge: a PNG that contains its program",
    load: async () => (await import("./commands/render.ts")).render,
  },
  check: {
    summary: "Report errors and warnings in programs",
    load: async () => (await import("./commands/check.ts")).check,
  },
  format: {
    summary: "Print programs in canonical form",
    load: async () => (await import("./commands/format.ts")).format,
  },
  inspect: {
    summary: "Print the contents of a cartridge: size, checksum, time and program",
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  verify: {
    summary: "Verify that the pixels of cartridges match their programs",
    load: async () => (await import("./commands/verify.ts")).verify,
  },
  canonicalize: {
    summary: "Rewrite a cartridge in the form that every viewer shows alike",
    load: async () => (await import("./commands/canonicalize.ts")).canonicalize,
  },
  show: {
    summary: "Show a program's picture, or a PNG, in the terminal",
    load: async () => (await import("./commands/show.ts")).show,
  },
  diff: {
    summary: "Compare two pictures, PNGs or programs, pixel by pixel",
    load: async () => (await import("./commands/diff.ts")).diff,
  },
  export: {
    summary: "Write the pixels of a picture for a display, as C, Python, PPM or raw bytes",
    load: async () => (await import("./commands/export.ts")).exportPicture,
  },
  debug: {
    summary: "Run a program step by step, and print its variables and its picture",
    load: async () => (await import("./commands/debug.ts")).debug,
  },
  language: {
    summary: "Print the language for a language model: a card, a grammar or a JSON Schema",
    load: async () => (await import("./commands/language.ts")).language,
  },
  "db init": {
    summary: "Create the database, or migrate an old one",
    load: async () => (await import("./commands/db.ts")).init,
  },
  "db schema": {
    summary: "Print the schema",
    load: async () => (await import("./commands/db.ts")).schema,
  },
  "db backup": {
    summary: "Copy the database to a file while daemons run, and verify the copy",
    load: async () => (await import("./commands/db.ts")).backup,
  },
  "db restore": {
    summary: "Replace the database by a backup, and keep the old one",
    load: async () => (await import("./commands/db.ts")).restore,
  },
  "db check": {
    summary: "Check the database: pages, schema, counters and cartridges",
    load: async () => (await import("./commands/db.ts")).check,
  },
  "scripts list": {
    summary: "List the scripts with the results of their runs",
    load: async () => (await import("./commands/scripts.ts")).list,
  },
  "scripts add": {
    summary: "Add a script; a running daemon starts it at once",
    load: async () => (await import("./commands/scripts.ts")).add,
  },
  "scripts show": {
    summary: "Print the code of a script, or an earlier version",
    load: async () => (await import("./commands/scripts.ts")).show,
  },
  "scripts set": {
    summary: "Change the code or single options of a script; a running daemon starts it at once",
    load: async () => (await import("./commands/set-script.ts")).set,
  },
  "scripts rename": {
    summary: "Rename a script; it keeps its runs",
    load: async () => (await import("./commands/steer-scripts.ts")).rename,
  },
  "scripts run": {
    summary: "Run a script now, even if it is paused or disabled",
    load: async () => (await import("./commands/steer-scripts.ts")).run,
  },
  "scripts pause": {
    summary: "Pause the starts of scripts, or all starts",
    load: async () => (await import("./commands/steer-scripts.ts")).pause,
  },
  "scripts resume": {
    summary: "Resume the starts of paused scripts, or all starts",
    load: async () => (await import("./commands/steer-scripts.ts")).resume,
  },
  "scripts versions": {
    summary: "List the earlier versions of a script's code",
    load: async () => (await import("./commands/script-versions.ts")).versions,
  },
  "scripts apply": {
    summary: "Add and change scripts to match a file",
    load: async () => (await import("./commands/apply-scripts.ts")).apply,
  },
  "scripts export": {
    summary: "Print scripts as the JSON that apply reads",
    load: async () => (await import("./commands/apply-scripts.ts")).exportScripts,
  },
  "scripts enable": {
    summary: "Enable a script",
    load: async () => (await import("./commands/scripts.ts")).enable,
  },
  "scripts disable": {
    summary: "Disable a script, and keep it",
    load: async () => (await import("./commands/scripts.ts")).disable,
  },
  "scripts remove": {
    summary: "Delete a script and the records of its runs",
    load: async () => (await import("./commands/scripts.ts")).remove,
  },
  "runs list": {
    summary: "List the most recent runs",
    load: async () => (await import("./commands/runs.ts")).list,
  },
  "runs show": {
    summary: "Print one run with its output",
    load: async () => (await import("./commands/runs.ts")).show,
  },
  "runs prune": {
    summary: "Delete the records of old runs",
    load: async () => (await import("./commands/prune-runs.ts")).prune,
  },
  "cartridges list": {
    summary: "List the files of cartridges that runs have saved",
    load: async () => (await import("./commands/cartridges.ts")).list,
  },
  "cartridges collect": {
    summary: "Delete the cartridges that no run names",
    load: async () => (await import("./commands/collect-cartridges.ts")).collect,
  },
  "capability keygen": {
    summary: "Create a key pair",
    load: async () => (await import("./commands/capability/keygen.ts")).keygen,
  },
  "capability issue": {
    summary: "Issue a capability, signed by a root key",
    load: async () => (await import("./commands/capability/issue.ts")).issue,
  },
  "capability narrow": {
    summary: "Narrow a capability for the next holder",
    load: async () => (await import("./commands/capability/narrow.ts")).narrow,
  },
  "capability inspect": {
    summary: "Explain what a capability allows and until when, or print the thumbprint of a key",
    load: async () => (await import("./commands/capability/inspect.ts")).inspect,
  },
  "capability verify": {
    summary: "Verify a capability as a server does",
    load: async () => (await import("./commands/capability/verify.ts")).verify,
  },
  "capability revoke": {
    summary: "Revoke a capability and every one that was narrowed from it",
    load: async () => (await import("./commands/capability/revoke.ts")).revoke,
  },
  "capability audit": {
    summary: "Print the refusals and first uses that a daemon recorded",
    load: async () => (await import("./commands/capability/audit.ts")).audit,
  },
  status: {
    summary: "Print what runs, what waits, and what is wrong",
    load: async () => (await import("./commands/status.ts")).status,
  },
  page: {
    summary: "Print the address that opens the operator's page in a browser",
    load: async () => (await import("./commands/page.ts")).page,
  },
  "service install": {
    summary: "Write the unit files that make the daemons services of systemd",
    load: async () => (await import("./commands/service.ts")).install,
  },
  doctor: {
    summary: "Check this machine: Node, adapters, directory, renderer, database, disk, clock and daemons",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  completion: {
    summary: "Print the script that completes commands in Bash, Zsh or fish",
    load: async () => (await import("./commands/completion.ts")).completion,
  },
};
