import { createTemporaryDirectory } from "@gvpie/testing";

/** The temporary directory of a soak, removed on disposal. */
export interface SoakDirectory extends Disposable {
  readonly root: string;
  /** Path of the database. */
  readonly path: string;
  /** Folder of the cartridges. */
  readonly folder: string;
  /** Directory of the file socket. */
  readonly dir: string;
}

export function createSoakDirectory(): SoakDirectory {
  const directory = createTemporaryDirectory({ prefix: "gvpie-soak-" });
  return {
    root: directory.path,
    path: directory.join("daemon.db"),
    folder: directory.join("cartridges"),
    dir: directory.join("socket"),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
