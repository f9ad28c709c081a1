// Canvases and animations that the program decides, through a real directory.
import { createFileSocketClient, type RenderHandler } from "@gvpie/file-socket";
import { runProcess } from "@gvpie/testing";
import { expect, onTestFinished, test } from "vitest";
import { PYTHON_CLIENTS } from "./support/processes.ts";
import { serve } from "./support/serve.ts";

/** Renders programs of one line, `<width> <height> <frames>`: each byte of frame n is n + 1. Without frames, it is a still picture. */
const render: RenderHandler = ({ code, width, height, frames }) => {
  const [w = 0, h = 0, count] = code.split(" ").map(Number);
  const size = { width: width ?? w, height: height ?? h };
  const bytes = size.width * size.height * 4;
  const drawn = frames === "all" ? (count ?? 1) : 1;
  const data = Buffer.concat(Array.from({ length: drawn }, (_, i) => Buffer.alloc(bytes, i + 1)));
  const animation = count === undefined ? {} : { animation: { frames: count, delayMs: 40 } };
  return { ...size, data, backend: "test", adapter: "test", ...animation };
};

async function connected(handler = render): Promise<ReturnType<typeof createFileSocketClient>> {
  const { dir } = await serve({ render: handler, limits: { pixels: 1_000 } });
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  return client;
}

test("the program decides the sides that the request leaves out", async () => {
  const client = await connected();
  expect(await client.render("5 7")).toMatchObject({ width: 5, height: 7 });
  expect(await client.render("5 7", { width: 2 })).toMatchObject({ width: 2, height: 7 });
  expect(await client.render("5 7", { height: 3 })).toMatchObject({ width: 5, height: 3 });
  const into = new Uint8ClampedArray(5 * 7 * 4);
  expect((await client.render("5 7", { into })).data).toBe(into);
  await expect(client.render("5 8", { into })).rejects.toThrow("expected into to have 160 bytes, got 140");
});

test("render returns frame 0 of an animation, and says how many there are", async () => {
  const client = await connected();
  const reply = await client.render("3 2 4");
  expect(reply).toMatchObject({ width: 3, height: 2, animation: { frames: 4, delayMs: 40 } });
  expect(new Set(reply.data)).toEqual(new Set([1]));
  expect(reply.data).toHaveLength(24);
  expect(await client.render("3 2")).not.toHaveProperty("animation");
});

test("renderFrames returns every frame, and one of a still picture", async () => {
  const client = await connected();
  const { frames, ...rest } = await client.renderFrames("3 2 4");
  expect(rest).toMatchObject({ width: 3, height: 2, animation: { frames: 4, delayMs: 40 }, backend: "test" });
  expect(frames.map((frame) => [frame.length, ...new Set(frame)])).toEqual([1, 2, 3, 4].map((n) => [24, n]));
  const still = await client.renderFrames("3 2", { height: 1 });
  expect(still.frames.map(({ length }) => length)).toEqual([12]);
  expect(still).not.toHaveProperty("animation");
  expect((await client.renderFrames("3 2 1")).frames).toHaveLength(1);
  await expect(client.renderFrames("3 2", { into: new Uint8ClampedArray(24) } as never)).rejects.toThrow(
    TypeError,
  );
});

test.each([
  { code: "10 101", method: "render", found: "got 10 × 101" },
  { code: "10 10 11", method: "renderFrames", found: "got 11 frames of 10 × 10" },
] as const)("$method of $code exceeds the pixels of a reply", async ({ code, method, found }) => {
  const client = await connected();
  await expect(client[method](code)).rejects.toMatchObject({
    code: "FSOCK_TOO_LARGE",
    replyCode: "FSOCK_CANVAS_TOO_LARGE",
    message: expect.stringContaining(found),
  });
  // Frame 0 alone is within the limit.
  expect(await client.render("10 10 11")).toMatchObject({ animation: { frames: 11 } });
});

test("a renderer that returns another number of frames has failed", async () => {
  const client = await connected(async (request, context) => ({
    ...(await render({ ...request, frames: undefined }, context)),
    animation: { frames: 3, delayMs: 40 },
  }));
  await expect(client.renderFrames("4 4")).rejects.toMatchObject({
    code: "FSOCK_INTERNAL",
    message: "expected ? × ? pixels from the renderer, got 4 × 4, 3 times, in 64 bytes",
  });
});

test("a client that knows no animations gets frame 0", async () => {
  const { dir } = await serve({ render });
  const script = `
import sys
sys.path.insert(0, ${JSON.stringify(PYTHON_CLIENTS)})
from gvpie_client import Client
with Client(${JSON.stringify(dir)}) as client:
    for size in ({}, {"width": 6, "height": 1}):
        picture = client.render("3 2 4", **size)
        print(picture.width, picture.height, len(picture.data), set(picture.data))
`;
  const { stdout, stderr } = await runProcess("python3", ["-c", script]);
  expect({ stdout, stderr }).toEqual({ stdout: "3 2 24 {1}\n6 1 24 {1}\n", stderr: "" });
});
