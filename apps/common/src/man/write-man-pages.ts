import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatManPage, type ManPage } from "./man-page.ts";

/** Writes the manual pages of the app in `directory` into its `man/`, which is published. */
export function writeManPages(directory: string, pages: readonly ManPage[]): void {
  const folder = join(directory, "man");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const page of pages) writeFileSync(join(folder, `${page.name}.${page.section}`), formatManPage(page));
}
