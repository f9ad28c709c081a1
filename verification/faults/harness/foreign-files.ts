import { lstatSync, readFileSync, writeFileSync } from "node:fs";

/** Files of another program in directories where our processes work. Our processes must not change them. */
export class ForeignFiles {
  readonly #before: ReadonlyMap<string, string>;

  constructor(paths: readonly string[]) {
    for (const path of paths) writeFileSync(path, "not ours\n");
    this.#before = new Map(paths.map((path) => [path, stateOf(path)]));
  }

  /** Returns the files that were changed or removed. */
  changed(): string[] {
    return [...this.#before].filter(([path, before]) => stateOf(path) !== before).map(([path]) => path);
  }
}

function stateOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "removed";
  const { ino, mode, nlink, mtimeMs, ctimeMs } = stats;
  return JSON.stringify([ino, mode, nlink, mtimeMs, ctimeMs, readFileSync(path, "utf8")]);
}
