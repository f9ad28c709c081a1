import { setTimeout as sleep } from "node:timers/promises";
import { pattern } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { systemClock } from "../src/process/clock.ts";
import { deadlineRefusal } from "../src/server/refusals.ts";
import { startRender } from "../src/server/render-job.ts";

const request = {
  code: "x",
  width: 4,
  height: 2,
  background: undefined,
  params: undefined,
  frames: undefined,
};

test.each(["before", "after"])(
  "a renderer that reads its signal %s the abort sees the reason",
  async (when) => {
    const reasons: unknown[] = [];
    const outcomes: unknown[] = [];
    const error = deadlineRefusal();
    const deadline = systemClock.monotonic() + 60_000;
    const terms = { via: "spool", deadline, clock: systemClock, maxPixels: 8 } as const;
    const job = startRender(
      async (asked, context) => {
        if (when === "before") {
          context.signal.addEventListener("abort", () => reasons.push(context.signal.reason));
        }
        await sleep(5);
        if (when === "after") reasons.push(context.signal.reason);
        return pattern(asked);
      },
      request,
      terms,
      (outcome) => outcomes.push(outcome),
    );
    job.abort(error);
    await expect.poll(() => reasons).toEqual([error]);
    expect(outcomes).toEqual([error]);
  },
);
