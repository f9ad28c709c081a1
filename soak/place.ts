import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  makePlace as makeDaemonPlace,
  type Place as DaemonPlace,
} from "../packages/daemon/test/kit/place.ts";

/** Where all of a soak is kept. */
export interface Place extends DaemonPlace {
  /** The directory of the file socket. */
  readonly dir: string;
}

/** A new place, which is gone when it is disposed of. */
export function makePlace(): Place {
  const place = makeDaemonPlace();
  const parent = mkdtempSync(join(tmpdir(), "gvpie-soak-"));
  return {
    ...place,
    dir: join(parent, "socket"),
    [Symbol.dispose]: () => {
      place[Symbol.dispose]();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
