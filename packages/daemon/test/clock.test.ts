import { findFaketime } from "@gvpie/testing";
import { expect, test } from "vitest";
import { hasKeptSchedule, jumpClocks } from "./support/clock-jumps.ts";

const faketime = findFaketime();

test.skipIf(!faketime)(
  "a loop keeps its schedule when its wall clock jumps by an hour (needs Debian's faketime)",
  { timeout: 240_000 },
  async () => {
    const jumps = await jumpClocks(faketime ?? "");
    expect(jumps.map(({ clock }) => clock)).toEqual(["+1h", "+0", "-1h"]);
    expect(jumps.filter((jump) => !hasKeptSchedule(jump))).toEqual([]);
  },
);
