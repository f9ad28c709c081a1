import { expect, test } from "vitest";
import { inTurn } from "../../src/page/in-turn.ts";

test("one piece of work runs at a time, in order, and a failure does not stop the rest", async () => {
  const run = inTurn();
  const order: string[] = [];
  let active = 0;
  const work = (name: string) => async () => {
    expect(++active).toBe(1);
    await new Promise(setImmediate);
    active--;
    order.push(name);
    if (name === "b") throw new Error("broken");
    return name;
  };
  const results = await Promise.allSettled(["a", "b", "c"].map((name) => run(work(name))));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(order).toEqual(["a", "b", "c"]);
});
