import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { systemClock } from "../src/process/clock.ts";
import { deadlineRefusal } from "../src/server/refusals.ts";
import { startRender } from "../src/server/render-job.ts";
import { pattern } from "./kit/pattern.ts";

const request = { code: "x", width: 4, height: 2, background: undefined, params: undefined };

test.each(["before", "after"])("a renderer that looks at its signal %s the end hears of it", async (when) => {
  const heard: unknown[] = [];
  const outcomes: unknown[] = [];
  const error = deadlineRefusal();
  const terms = { via: "spool", deadline: systemClock.monotonic() + 60_000, clock: systemClock } as const;
  const job = startRender(
    async (asked, context) => {
      if (when === "before")
        context.signal.addEventListener("abort", () => heard.push(context.signal.reason));
      await sleep(5);
      if (when === "after") heard.push(context.signal.reason);
      return pattern(asked);
    },
    request,
    terms,
    (outcome) => outcomes.push(outcome),
  );
  job.abort(error);
  await expect.poll(() => heard).toEqual([error]);
  expect(outcomes).toEqual([error]);
});
