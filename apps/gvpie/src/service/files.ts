import { homedir } from "node:os";
import { join } from "node:path";
import { directoryDefinition, loopUnit, rendererUnit, type UnitOptions, userDefinition } from "./units.ts";

/** A file of the installation. */
export interface ServiceFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Returns the files that make the daemons services.
 *
 * @param root directory that is prepended to the paths of a system.
 */
export function serviceFiles(options: UnitOptions, root = ""): readonly ServiceFile[] {
  const isSystem = options.flavour === "system";
  const units = isSystem ? join(root, "/etc/systemd/system") : join(configHome(), "systemd/user");
  return [
    { path: join(units, "gvpie-daemon.service"), content: rendererUnit(options) },
    { path: join(units, "zero-human-daemon.service"), content: loopUnit(options) },
    ...(isSystem
      ? [
          { path: join(root, "/etc/sysusers.d/gvpie.conf"), content: userDefinition() },
          { path: join(root, "/etc/tmpfiles.d/gvpie.conf"), content: directoryDefinition() },
        ]
      : []),
  ];
}

/** Returns the commands that start the services after the files are written. */
export function nextCommands({ flavour, db, cartridges }: UnitOptions): readonly string[] {
  if (flavour === "user") {
    return [
      "systemctl --user daemon-reload",
      "systemctl --user enable --now gvpie-daemon zero-human-daemon",
      "loginctl enable-linger   # lets them run while you are not logged in",
    ];
  }
  const isOutside = db !== undefined || cartridges !== undefined;
  return [
    "systemd-sysusers",
    "systemd-tmpfiles --create",
    ...(isOutside
      ? ["# give the user gvpie the directories of --db and --cartridges, such as with install -d -o gvpie"]
      : []),
    "systemctl daemon-reload",
    "systemctl enable --now gvpie-daemon zero-human-daemon",
  ];
}

function configHome(): string {
  const { XDG_CONFIG_HOME: path } = process.env;
  return path?.startsWith("/") ? path : join(homedir(), ".config");
}
