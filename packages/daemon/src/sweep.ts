import type { CartridgeFolder } from "./cartridge-folder.ts";
import type { DaemonEvent } from "./types.ts";

/** Orphans that are named one by one; more are counted. */
const MAX_NAMED = 20;

/**
 * Clears up after processes that died, and tells what they left; the signal ends the telling. Never throws: a folder that fails now
 * fails the runs that save in it.
 */
export async function sweepFolder(
  folder: CartridgeFolder,
  emit: (event: DaemonEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const path of folder.sweep()) {
      const message = `removed ${path}, left by a process that died`;
      emit({ type: "swept", level: "info", message, fields: { path } });
    }
    let orphans = 0;
    for await (const path of folder.orphans(signal)) {
      if (++orphans > MAX_NAMED) continue;
      const message = `no run names the cartridge ${path}`;
      emit({ type: "orphan", level: "warn", message, fields: { path } });
    }
    const more = orphans - MAX_NAMED;
    if (more > 0) {
      const message = `no run names ${more} more cartridges`;
      emit({ type: "orphan", level: "warn", message, fields: { more } });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the cartridge folder cannot be swept: ${reason}`;
    emit({ type: "swept", level: "error", message, fields: {} });
  }
}
