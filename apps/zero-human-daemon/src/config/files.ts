import { parsePath, sharedDirectoryOption } from "@gvpie/app-common/daemon";
import { type Command, Option } from "commander";

const SAVE_MODES = ["changed", "always"] as const;

/** The files and folders that the daemon works with. */
export interface FilesConfig {
  /** Database file. */
  readonly db: string;
  /** Directory that cartridges are written to. */
  readonly cartridges: string;
  /** False if the database and the directory of cartridges must exist. */
  readonly create: boolean;
  readonly save: (typeof SAVE_MODES)[number];
  /** Directory of the renderer that `gvpie` scripts use. */
  readonly dir: string;
}

export function addFilesOptions(command: Command): void {
  command
    .addOption(
      new Option("--db <file>", "database file; created if missing")
        .env("GVPIE_DB")
        .default("db/daemon.db")
        .argParser(parsePath),
    )
    .addOption(
      new Option("--cartridges <dir>", "directory to write cartridges to; created if missing")
        .env("GVPIE_CARTRIDGES")
        .default("cartridges")
        .argParser(parsePath),
    )
    .addOption(
      new Option(
        "--no-create",
        "refuse to start if the database or the directory of cartridges is missing, such as on a volume that is not mounted",
      ).env("GVPIE_NO_CREATE"),
    )
    .addOption(
      new Option("--save <when>", "write a cartridge when the picture changed, or for every run")
        .choices(SAVE_MODES)
        .env("GVPIE_SAVE")
        .default("changed"),
    )
    .addOption(sharedDirectoryOption("gvpie-daemon"));
}

export function filesConfig(command: Command): FilesConfig {
  const { db, cartridges, create, save, dir } = command.opts<FilesConfig>();
  return { db, cartridges, create, save, dir };
}
