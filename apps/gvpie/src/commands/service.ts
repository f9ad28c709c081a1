import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { defineCommand, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { print, say } from "../output.ts";
import { nextCommands, serviceFiles, type ServiceFile } from "../service/files.ts";
import { findOnPath, isExecutable, nodeDirectory } from "../service/find-command.ts";
import { systemError } from "../system-error.ts";
import { line } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

const DAEMONS = ["gvpie-daemon", "zero-human-daemon"];
/** Directories that ProtectHome= and PrivateTmp= hide from a system service. */
const HIDDEN = /^\/(?:home|root|run\/user|tmp|var\/tmp)(?:\/|$)/;

export const install: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "Writes the unit files of gvpie-daemon and zero-human-daemon: with --system also the definitions of the user gvpie",
    "and of the directories. Nothing is started; the commands that do so are printed.",
    "A file that differs is not replaced without --force. With --dry-run, the files are printed and not written.",
  ].join("\n"),
  examples: [
    ["gvpie service install --dry-run --bin /usr/local/bin", "print the unit files for the machine"],
    ["gvpie service install --user", "write the units of a user, and print the next commands"],
    [
      "gvpie service install --system --root image --bin /usr/bin",
      "write the units into an image of a system",
    ],
  ],
  seeAlso: ["doctor", "status"],
  options: {
    system: {
      type: "boolean",
      help: "for the machine: in /etc, run by the user gvpie; default of --dry-run",
    },
    user: { type: "boolean", help: "for yourself: in ~/.config/systemd/user" },
    "dry-run": { type: "boolean", help: "print the files" },
    db: {
      type: "string",
      value: "file",
      help: "database file; default: daemon.db in /var/lib/gvpie, or in ~/.local/state/gvpie",
    },
    cartridges: {
      type: "string",
      value: "dir",
      help: "directory of the cartridges; default: cartridges beside the default database",
    },
    bin: { type: "string", value: "dir", help: "directory of the commands; default: found in PATH" },
    root: { type: "string", value: "dir", help: "with --system: write below this directory, for images" },
    force: { type: "boolean", help: "replace files that differ" },
  },
  run({ system, user, "dry-run": isDryRun, db, cartridges, bin, root, force }) {
    if (system === user && (system || !isDryRun)) {
      throw new UsageError("expected --system or --user, got " + (system ? "both" : "neither"));
    }
    if (user && root !== undefined) throw new UsageError("expected --root with --system, got it with --user");
    const flavour = user ? "user" : "system";
    const absolute = (path: string | undefined): string | undefined =>
      path === undefined ? path : resolve(path);
    const options = {
      flavour,
      bin: bin === undefined ? findCommands() : resolve(bin),
      nodeDirectory: bin === undefined ? nodeDirectory() : undefined,
      db: absolute(db),
      cartridges: absolute(cartridges),
    } as const;
    if (flavour === "system") {
      refuseHidden("the commands", options.bin, "install them with npm install --global --prefix /usr/local");
      refuseHidden("Node", options.nodeDirectory, "install it in /usr/local or /usr");
      refuseHidden("--db", options.db, "choose a directory such as /srv/gvpie");
      refuseHidden("--cartridges", options.cartridges, "choose a directory such as /srv/gvpie/cartridges");
    }
    const files = serviceFiles(options, root === undefined ? "" : resolve(root));
    if (isDryRun) {
      print(files.map(({ path, content }) => `# ${path}\n${content}`).join("\n"));
      return;
    }
    if (bin !== undefined && root === undefined) checkCommands(options.bin);
    if (flavour === "system" && root === undefined) {
      for (const name of DAEMONS) {
        refuseHidden(
          name,
          realpathSync(join(options.bin, name)),
          "install it with npm install --global --prefix /usr/local",
        );
      }
    }
    writeAll(files, force);
    say(line`next:`);
    for (const command of nextCommands(options)) say(line`  ${command}`);
  },
});

/** Returns the directory of the PATH that has the daemons. */
function findCommands(): string {
  const found = findOnPath("gvpie-daemon", process.env["PATH"]);
  if (found === undefined) {
    throw new CommandError(
      "NO_DAEMON",
      "expected gvpie-daemon in PATH, got none; install it, or name its directory with --bin",
    );
  }
  checkCommands(found);
  return found;
}

function checkCommands(bin: string): void {
  for (const name of DAEMONS) {
    if (isExecutable(join(bin, name))) continue;
    throw new CommandError(
      "NO_DAEMON",
      `expected an executable ${name} in ${bin}, got none; install it, or see --bin`,
    );
  }
}

function refuseHidden(name: string, path: string | undefined, remedy: string): void {
  if (path === undefined || !HIDDEN.test(path)) return;
  throw new CommandError(
    "HIDDEN_PATH",
    `${name}: expected a path outside of /home, /root and /tmp, which the units hide from the daemons, got ${path}; ${remedy}, or use --user`,
  );
}

/** Writes all files or, if one may not be replaced, none. */
function writeAll(files: readonly ServiceFile[], force: boolean): void {
  const found = files.map((file) => ({ ...file, old: read(file.path) }));
  const changed = found.filter(({ old, content }) => old !== undefined && old !== content);
  if (changed.length > 0 && !force) {
    const names = changed.map(({ path }) => path).join(", ");
    throw new CommandError(
      "FILE_EXISTS",
      `expected no other content in ${names}; --force replaces it, and settings of your own belong into a drop-in: systemctl edit`,
    );
  }
  for (const { path, content, old } of found) {
    if (old === content) {
      say(line`${path} is up to date`);
      continue;
    }
    try {
      mkdirSync(dirname(path), { recursive: true });
    } catch (error) {
      throw systemError(error, "WRITE_FAILED", `cannot create ${dirname(path)}`);
    }
    writeFile(path, new TextEncoder().encode(content));
    say(line`${old === undefined ? "created" : "replaced"} ${path}`);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw systemError(error, "READ_FAILED", `cannot read ${path}`);
  }
}
