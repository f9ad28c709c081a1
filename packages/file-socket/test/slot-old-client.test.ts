import { expect, test } from "vitest";
import { newPlace } from "./kit/place.ts";
import { examplesPath, kitPath, start, startServer } from "./kit/processes.ts";

const isFull = process.env["GVPIE_FULL"] === "1";

test.concurrent.each([
  { title: "without pauses", pauseMs: 0, splits: 0, pings: false, count: isFull ? 500 : 100 },
  { title: "with pauses of 0–20 ms", pauseMs: 20, splits: 0, pings: false, count: isFull ? 500 : 60 },
  {
    title: "with its JSON written in two halves",
    pauseMs: 5,
    splits: 1,
    pings: false,
    count: isFull ? 500 : 60,
  },
  {
    title: "with its JSON written by two opens",
    pauseMs: 5,
    splits: 2,
    pings: false,
    count: isFull ? 500 : 60,
  },
  { title: "with pings between renders", pauseMs: 20, splits: 0, pings: true, count: isFull ? 250 : 30 },
])("an old client $title loses nothing: $count of $count", { timeout: 120_000 }, async (options) => {
  const dir = newPlace();
  const server = await startServer(dir);
  const argument = JSON.stringify({ ...options, dir, examples: examplesPath });
  const client = start("python3", [kitPath("slot_load.py"), argument]);
  const { count, pings } = options;
  const done = await client.tells("done");
  expect(done).toMatchObject({ right: count, lost: 0, wrong: 0, pings: pings ? count : 0 });
  // A pong is published once: a client that was held up for 50 ms between its steps deletes it unread.
  expect(done["pongs"]).toBeGreaterThanOrEqual(pings ? count * 0.9 : 0);
  expect(await server.kill("SIGTERM")).toBe(0);
});
