import { lstatSync, readFileSync, writeFileSync } from "node:fs";

/** Files that are not ours: somebody put them where our processes work. */
export class Strangers {
  readonly #before: ReadonlyMap<string, string>;

  constructor(paths: readonly string[]) {
    for (const path of paths) writeFileSync(path, "not ours\n");
    this.#before = new Map(paths.map((path) => [path, state(path)]));
  }

  /** Those that are not as they were. */
  touched(): string[] {
    return [...this.#before].filter(([path, before]) => state(path) !== before).map(([path]) => path);
  }
}

function state(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "gone";
  const { ino, mode, nlink, mtimeMs, ctimeMs } = found;
  return JSON.stringify([ino, mode, nlink, mtimeMs, ctimeMs, readFileSync(path, "utf8")]);
}
