import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleOf } from "./bundle-of.ts";

/** Writes commands for a shell into a new directory: each runs a file of Node, or its bundle, with every package from its sources. */
export function installCommands(directory: string, files: Readonly<Record<string, URL>>): void {
  mkdirSync(directory);
  for (const [name, file] of Object.entries(files)) {
    const script = `#!/bin/sh\nexec '${process.execPath}' --conditions=@gvpie/source '${bundleOf(fileURLToPath(file))}' "$@"\n`;
    writeFileSync(join(directory, name), script, { mode: 0o755 });
  }
}
