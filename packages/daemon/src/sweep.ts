import type { CartridgeFolder } from "./cartridge-folder.ts";
import type { DaemonEvent } from "./types.ts";

/** Orphans that are named one by one; more are counted. */
const MAX_NAMED = 20;

/** Sweeps the cartridge folder and tells what was found. Never throws: a folder that fails now fails the runs that save in it. */
export async function sweepFolder(
  folder: CartridgeFolder,
  emit: (event: DaemonEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let orphans = 0;
  try {
    for await (const { type, path } of folder.sweep(signal)) {
      const fields = { path };
      if (type === "swept") {
        emit({ type, level: "info", message: `removed ${path}, left by a process that died`, fields });
      } else if (++orphans <= MAX_NAMED) {
        emit({ type, level: "warn", message: `no run names the cartridge ${path}`, fields });
      }
    }
    if (orphans > MAX_NAMED) {
      const message = `no run names ${orphans - MAX_NAMED} more cartridges`;
      emit({ type: "orphan", level: "warn", message, fields: { more: orphans - MAX_NAMED } });
    }
  } catch (error) {
    const message = `the cartridge folder cannot be swept: ${error instanceof Error ? error.message : String(error)}`;
    emit({ type: "swept", level: "error", message, fields: {} });
  }
}
