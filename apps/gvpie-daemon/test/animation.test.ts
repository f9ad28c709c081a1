import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { expect, test } from "vitest";
import { connect, serve, sharedPath } from "./support/daemon.ts";

const ANIMATION = "CANVAS 20 9 #123\nFRAMES 5 40\nRECT frame 0 1 {frame + 1}\n";

test("the spool draws the program's canvas, frame 0 or every frame of an animation", async () => {
  const dir = sharedPath();
  await serve(dir);
  const client = connect(dir);
  const animation = { frames: 5, delayMs: 40 };
  const still = await client.render(ANIMATION);
  expect(still).toMatchObject({ width: 20, height: 9, animation });
  expect(still.data).toEqual(renderProgram(ANIMATION).data);
  for (const options of [{}, { width: 7, background: "#fff" }]) {
    const all = await client.renderFrames(ANIMATION, options);
    expect(all).toMatchObject({
      width: 7,
      height: 9,
      animation,
      ...("width" in options ? {} : { width: 20 }),
    });
    expect(all.frames).toEqual(
      Array.from({ length: 5 }, (_, frame) => renderProgram(ANIMATION, { ...options, frame }).data),
    );
  }
  expect((await client.renderFrames("TXT 1 1 still")).frames).toEqual([renderProgram("TXT 1 1 still").data]);
});

test.each([
  { code: "FRAMES 1001 40", replyCode: "RASTER_LIMIT_FRAMES", expected: "FSOCK_TOO_LARGE" },
  { code: "CANVAS 4096 4096\nFRAMES 2 40", replyCode: "RASTER_LIMIT_PIXELS", expected: "FSOCK_TOO_LARGE" },
  {
    code: "FRAMES 3 40\nPIX 4/(1-frame) 0",
    replyCode: "RASTER_DIVISION_BY_ZERO",
    expected: "FSOCK_BAD_PROGRAM",
  },
])("all frames of $code: $replyCode", async ({ code, replyCode, expected }) => {
  const dir = sharedPath();
  await serve(dir);
  await expect(connect(dir).renderFrames(code)).rejects.toMatchObject({ code: expected, replyCode });
});

test("the slot draws 128×64, also for a program with a CANVAS, and frame 0", async () => {
  const dir = sharedPath();
  await serve(dir);
  writeFileSync(`${dir}/.cmd`, JSON.stringify({ op: "render_program", code: ANIMATION }));
  renameSync(`${dir}/.cmd`, `${dir}/cmd.json`);
  const reply = await waitUntil(() => existsSync(`${dir}/out.raw`) && readFileSync(`${dir}/out.raw`));
  expect(reply).toEqual(Buffer.from(renderProgram(ANIMATION, { width: 128, height: 64 }).data));
});
