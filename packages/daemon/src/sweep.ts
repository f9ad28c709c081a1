import type { CartridgeFolder } from "./cartridge-folder.ts";
import type { DaemonEvent } from "./types.ts";

/** Orphans reported one by one; the rest are only counted. */
const MAX_REPORTED = 20;

/**
 * Removes staging files of processes that died, and reports them and orphaned cartridges until the signal is aborted. Never throws:
 * if the folder is unusable, the runs that save in it fail and say so.
 */
export async function sweepFolder(
  folder: CartridgeFolder,
  emit: (event: DaemonEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const path of folder.sweep()) {
      const message = `removed the staging file ${path} of a process that died`;
      emit({ type: "swept", level: "info", message, fields: { path } });
    }
    let orphans = 0;
    for await (const path of folder.orphans(signal)) {
      if (++orphans > MAX_REPORTED) continue;
      const message = `orphaned cartridge: no run refers to ${path}`;
      emit({ type: "orphan", level: "warn", message, fields: { path } });
    }
    const more = orphans - MAX_REPORTED;
    if (more > 0) {
      const message = `${more} more orphaned cartridges`;
      emit({ type: "orphan", level: "warn", message, fields: { more } });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot sweep the cartridge folder: ${reason}`;
    emit({ type: "swept", level: "error", message, fields: {} });
  }
}
