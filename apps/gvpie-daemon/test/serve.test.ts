import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { renderProgram } from "@gvpie/raster-cpu";
import { assertSameFrame } from "@gvpie/raster/conformance";
import { waitUntil } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { connect, serve, sharedPath } from "./support/daemon.ts";

/** Takes about 0.2 s to render. */
const COSTLY = "RECT 0 0 4096 4096\n".repeat(60);
const LARGE = { width: 4096, height: 4096 };

/** Publishes a command in the slot. */
function publishCommand(dir: string, text: string): void {
  writeFileSync(`${dir}/.cmd`, text);
  renameSync(`${dir}/.cmd`, `${dir}/cmd.json`);
}

/** The content of a reply's file, as soon as it exists. */
function reply(path: string): Promise<Buffer> {
  return waitUntil(() => existsSync(path) && readFileSync(path), { timeoutMs: 5_000 });
}

describe("the spool", () => {
  test("renders a cheap program", async () => {
    const dir = sharedPath();
    await serve(dir);
    const reply = await connect(dir).render("TXT 10 10 Hello GPU\nHALT\n", { background: "#102030" });
    expect(reply).toMatchObject({ width: 128, height: 64, backend: "cpu", adapter: "cpu" });
    expect(reply.data).toEqual(renderProgram("TXT 10 10 Hello GPU\nHALT\n", { background: "#102030" }).data);
  });

  test.each([
    { name: "cheap", size: { width: 128, height: 64 } },
    { name: "costly", size: { width: 1200, height: 1200 } },
  ])("passes parameters to a $name program", async ({ size }) => {
    const dir = sharedPath();
    await serve(dir);
    const client = connect(dir);
    const source = "PARAM time 00:00\nPARAM w 9\nTXT 1 1 {time}\nRECT 1 10 {w} 2";
    for (const params of [{ time: "12:34" }, { time: "TXT 0 0 x\u2003{w}", w: 70 }, undefined]) {
      const options = { ...size, params };
      const expected = renderProgram(source, options);
      assertSameFrame(await client.render(source, options), expected, JSON.stringify(params));
    }
    await expect(client.render(source, { params: { w: "wide" } })).rejects.toMatchObject({
      code: "FSOCK_BAD_PROGRAM",
      replyCode: "RASTER_BAD_VALUE",
      diagnostics: [{ line: 4 }],
    });
    await expect(client.render(source, { params: { depth: 1 } })).rejects.toMatchObject({
      code: "FSOCK_BAD_REQUEST",
      replyCode: "RASTER_BAD_PARAM",
    });
  });

  test("cheap programs overtake a costly one", async () => {
    const dir = sharedPath();
    await serve(dir);
    const [costlyClient, cheapClient] = [connect(dir), connect(dir)];
    const order: string[] = [];
    const costly = costlyClient.render(COSTLY, LARGE).then((reply) => {
      order.push("costly");
      return reply;
    });
    for (let i = 0; i < 3; i += 1) {
      await cheapClient.render(`TXT 1 1 ${i}`);
      order.push("cheap");
    }
    const { data } = await costly;
    expect(order).toEqual(["cheap", "cheap", "cheap", "costly"]);
    expect(
      Buffer.from(data.buffer, data.byteOffset, data.length).equals(Buffer.alloc(data.length, 255)),
    ).toBe(true);
  });

  test("a deadline ends a costly program, and later requests are served", async () => {
    const dir = sharedPath();
    await serve(dir, ["--max-painted-pixels", String(2 ** 32)]);
    const client = connect(dir);
    const endless = { width: 4096, height: 4096, timeoutMs: 100 };
    await expect(client.render("RECT 0 0 4096 4096\n".repeat(250), endless)).rejects.toMatchObject({
      name: "FileSocketError",
    });
    const { data } = await client.render("RECT 0 0 1100 1100", { width: 1100, height: 1100 });
    expect(data[0]).toBe(255);
  });

  test.each([
    {
      name: "an unknown opcode",
      code: "TXT 1 1 a\nFOO",
      expected: {
        code: "FSOCK_BAD_PROGRAM",
        replyCode: "PXL_UNKNOWN_OPCODE",
        diagnostics: [{ line: 2, column: 1 }],
      },
    },
    {
      name: "a missing operand",
      code: "RECT 1 2 3",
      expected: { code: "FSOCK_BAD_PROGRAM", replyCode: "PXL_MISSING_OPERAND" },
    },
    {
      name: "an extra operand",
      code: "PIX 1 2 3",
      expected: { code: "FSOCK_BAD_PROGRAM", replyCode: "PXL_EXTRA_OPERAND" },
    },
    {
      name: "an overflow",
      code: "RECT 4294967296 0 1 1",
      expected: { code: "FSOCK_BAD_PROGRAM", replyCode: "PXL_OUT_OF_RANGE" },
    },
    {
      name: "a division by zero",
      code: "SET a 1\n\n  DIV a 0",
      expected: {
        code: "FSOCK_BAD_PROGRAM",
        replyCode: "RASTER_DIVISION_BY_ZERO",
        diagnostics: [{ severity: "error", code: "RASTER_DIVISION_BY_ZERO", line: 3, column: 3, length: 7 }],
      },
    },
    {
      name: "a program that never ends",
      code: "top:\nJMP top",
      expected: { code: "FSOCK_TOO_LARGE", replyCode: "RASTER_LIMIT_FUEL", diagnostics: [{ line: 2 }] },
    },
    {
      name: "a canvas over the limit",
      code: "HALT",
      width: 65_536,
      height: 65_536,
      expected: { code: "FSOCK_TOO_LARGE" },
    },
    {
      name: "too many instructions",
      code: "RECT 0 0 1 1\n".repeat(101),
      expected: { code: "FSOCK_TOO_LARGE", replyCode: "RASTER_LIMIT_INSTRUCTIONS" },
    },
    {
      name: "too many painted pixels",
      code: "RECT 0 0 9999 9999\n".repeat(100),
      expected: { code: "FSOCK_TOO_LARGE", replyCode: "RASTER_LIMIT_PAINTED" },
    },
  ])("refuses $name and goes on serving", async ({ code, width, height, expected }) => {
    const dir = sharedPath();
    const daemon = await serve(dir, ["--max-instructions", "100", "--max-painted-pixels", "100000"]);
    const client = connect(dir);
    await expect(client.render(code, { width, height })).rejects.toMatchObject(expected);
    await expect(client.render("HALT")).resolves.toMatchObject({ width: 128 });
    expect(daemon.child.exitCode).toBeNull();
  });
});

describe("the slot", () => {
  test("answers a bad command with err.json and no out.raw, then serves the next command", async () => {
    const dir = sharedPath();
    await serve(dir);
    const render = { op: "render_program", code: "HALT", width: 8, height: 8, format: "RGBA" };
    const bad: readonly (readonly [unknown, string, object?])[] = [
      [{ op: "launch" }, "FSOCK_UNKNOWN_OP"],
      [{ ...render, colour: 1 }, "FSOCK_UNKNOWN_KEY"],
      [{ ...render, width: 0 }, "FSOCK_BAD_VALUE"],
      [{ ...render, width: 4_294_967_296 }, "FSOCK_BAD_VALUE"],
      [{ ...render, width: 1.5 }, "FSOCK_BAD_VALUE"],
      [{ ...render, width: "8" }, "FSOCK_BAD_VALUE"],
      [{ ...render, code: "TXT 1" }, "PXL_MISSING_OPERAND"],
      [{ ...render, code: "HALT\nMOD n 0" }, "PXL_UNDECLARED_NAME"],
      [{ ...render, code: "SET n 1\nMOD n 0" }, "RASTER_DIVISION_BY_ZERO", { line: 2, column: 1 }],
      [[render], "FSOCK_BAD_VALUE"],
      [`{"op": "render_program", "code":`, "FSOCK_BAD_JSON"],
    ];
    for (const [value, code, position] of bad) {
      publishCommand(dir, typeof value === "string" ? value : JSON.stringify(value));
      const error = await reply(`${dir}/err.json`);
      expect(JSON.parse(String(error))).toMatchObject({ code, ...position });
      rmSync(`${dir}/err.json`);
    }
    expect(existsSync(`${dir}/out.raw`)).toBe(false);
    publishCommand(dir, JSON.stringify(render));
    expect(await reply(`${dir}/out.raw`)).toHaveLength(8 * 8 * 4);
  });

  test("passes parameters to a program", async () => {
    const dir = sharedPath();
    await serve(dir);
    const code = "PARAM w 0\nRECT 0 0 {w} 1";
    const request = { op: "render_program", code, width: 3, height: 1, format: "RGBA", params: { w: 1 } };
    publishCommand(dir, JSON.stringify(request));
    const [white, black] = [
      [255, 255, 255, 255],
      [0, 0, 0, 255],
    ];
    expect([...(await reply(`${dir}/out.raw`))]).toEqual([white, black, black].flat());
  });

  test("waits for the second half of a command", async () => {
    const dir = sharedPath();
    await serve(dir);
    const text = JSON.stringify({
      op: "render_program",
      code: "RECT 0 0 1 1",
      width: 1,
      height: 1,
      format: "RGBA",
    });
    const fd = openSync(`${dir}/cmd.json`, "w");
    writeSync(fd, text.slice(0, 20));
    await sleep(60);
    writeSync(fd, text.slice(20));
    closeSync(fd);
    expect([...(await reply(`${dir}/out.raw`))]).toEqual([255, 255, 255, 255]);
  });
});
