import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Writes commands for a shell into a new directory: each runs a file of Node, with every package from its sources. */
export function installCommands(directory: string, files: Readonly<Record<string, URL>>): void {
  mkdirSync(directory);
  for (const [name, file] of Object.entries(files)) {
    const script = `#!/bin/sh\nexec '${process.execPath}' --conditions=@gvpie/source '${fileURLToPath(file)}' "$@"\n`;
    writeFileSync(join(directory, name), script, { mode: 0o755 });
  }
}
