import { type FuzzTarget, mutateBytes } from "@gvpie/testing/fuzz";
import { readFileSync, writeFileSync } from "node:fs";
import { createDatabase, openTwice, path, removeDatabase, schemas } from "./support/store-target.ts";

export const target: FuzzTarget = {
  reads: "database files with damaged bytes, opened and migrated",
  maxCorpusBytes: 0,
  weight: 1,
  async seeds() {
    const files: Buffer[] = [];
    for (const sql of await schemas()) {
      createDatabase(sql);
      files.push(readFileSync(path));
    }
    removeDatabase();
    return files;
  },
  mutate: (input, other, random) => {
    let changed = input;
    for (let i = 1 + random.below(6); i > 0; i--) changed = mutateBytes(changed, other, random);
    return changed.subarray(0, 65_536);
  },
  run: (input) => {
    removeDatabase();
    writeFileSync(path, input);
    return openTwice();
  },
};
