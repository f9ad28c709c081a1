import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ICON } from "./layout.ts";
import { STYLES } from "./styles.ts";

/** A file that the page loads. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  /** In double quotes. */
  readonly etag: string;
}

const SCRIPTS = ["page.js", "login.js", "verify.js", "verify-worker.js"];

/**
 * Returns the style sheet, the icon and the scripts. The scripts are made by `build-page.mjs`; without them, everything works except
 * live updates and verification.
 */
export function readAssets(): Asset[] {
  const assets = [
    asset("/page.css", "text/css; charset=utf-8", STYLES),
    asset("/icon.svg", "image/svg+xml", ICON),
  ];
  for (const name of SCRIPTS) {
    const text = readScript(name);
    if (text !== undefined) assets.push(asset(`/${name}`, "text/javascript; charset=utf-8", text));
  }
  return assets;
}

/** Reads a script of this bundle or, in a checkout, of the build, also for the sources. */
function readScript(name: string): string | undefined {
  for (const folder of ["browser", "../../dist/browser"]) {
    try {
      return readFileSync(join(import.meta.dirname, folder, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return undefined;
}

function asset(path: string, type: string, body: string): Asset {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
  return { path, type, body, etag };
}
