import { expect, test } from "vitest";
import { SLOT_LOAD, startPython, startServer } from "./support/processes.ts";
import { newSocketPath } from "./support/serve.ts";

const isFull = process.env["GVPIE_FULL"] === "1";

test.concurrent.each([
  { title: "without pauses", pauseMs: 0, splits: 0, pings: false, count: isFull ? 500 : 100 },
  { title: "with pauses of 0–20 ms", pauseMs: 20, splits: 0, pings: false, count: isFull ? 500 : 60 },
  {
    title: "that writes the JSON in two halves",
    pauseMs: 5,
    splits: 1,
    pings: false,
    count: isFull ? 500 : 60,
  },
  {
    title: "that opens cmd.json twice to write the JSON",
    pauseMs: 5,
    splits: 2,
    pings: false,
    count: isFull ? 500 : 60,
  },
  { title: "that pings between renders", pauseMs: 20, splits: 0, pings: true, count: isFull ? 250 : 30 },
])("an old client $title loses no reply: $count of $count", { timeout: 120_000 }, async (options) => {
  const dir = newSocketPath();
  const server = await startServer(dir);
  const client = startPython(SLOT_LOAD, { ...options, dir });
  const { count, pings } = options;
  const done = await client.waitForMessage("done");
  expect(done).toMatchObject({ right: count, lost: 0, wrong: 0, pings: pings ? count : 0 });
  // A pong is published once: a client that stalls for 50 ms between its steps deletes it unread.
  expect(done["pongs"]).toBeGreaterThanOrEqual(pings ? count * 0.9 : 0);
  expect(await server.kill("SIGTERM")).toBe(0);
});
