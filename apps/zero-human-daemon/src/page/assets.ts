import { createHash } from "node:crypto";
import { ICON } from "./layout.ts";
import { readScript, SCRIPT_NAMES } from "./script-files.ts";
import { STYLES } from "./styles.ts";

/** A file that the page loads. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  /** In double quotes. */
  readonly etag: string;
}

/**
 * Returns the style sheet, the icon and the scripts. Without the scripts, everything works except live updates, verification
 * and the login with a code.
 */
export function readAssets(): Asset[] {
  const assets = [
    asset("/page.css", "text/css; charset=utf-8", STYLES),
    asset("/icon.svg", "image/svg+xml", ICON),
  ];
  for (const name of SCRIPT_NAMES) {
    const text = readScript(name);
    if (text !== undefined) assets.push(asset(`/${name}`, "text/javascript; charset=utf-8", text));
  }
  return assets;
}

function asset(path: string, type: string, body: string): Asset {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
  return { path, type, body, etag };
}
