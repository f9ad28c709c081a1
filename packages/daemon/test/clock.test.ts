import { expect, test } from "vitest";
import { findFaketime, isUnmoved, jumpClocks } from "./kit/clock-jumps.ts";

const faketime = findFaketime();

test.skipIf(!faketime)(
  "the wall clock of a running loop jumps by an hour: it goes on as before (needs Debian's faketime)",
  { timeout: 240_000 },
  async () => {
    const jumps = await jumpClocks(faketime ?? "");
    expect(jumps.map(({ clock }) => clock)).toEqual(["+1h", "+0", "-1h"]);
    expect(jumps.filter((jump) => !isUnmoved(jump))).toEqual([]);
  },
);
