import {
  createVerifier,
  encodeCartridge,
  type Render,
  serveVerification,
  type Verifier,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { runProcess } from "@gvpie/testing";
import { disposeAfterTest } from "@gvpie/testing/vitest";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test, vi } from "vitest";
import { frameOf } from "./support/frames.ts";

const PROGRAM = "TXT 1 1 Hello\nHALT\n";
const frame = renderProgram(PROGRAM);
const png = await encodeCartridge(frame, { program: PROGRAM, language: "1" });
const other = await encodeCartridge(frame, { program: "HALT\n", language: "1" });
const broken = await encodeCartridge(frame, { program: "RECT 0 0\nNOPE\n", language: "1" });

function createThread(name: string, options: { readonly maxOldGenerationSizeMb?: number } = {}): Worker {
  return new Worker(new URL(`support/${name}.ts`, import.meta.url), {
    execArgv: ["--conditions=@gvpie/source"],
    resourceLimits: options,
  });
}

function create(name = "verification-thread", options = {}): Verifier & { readonly started: () => number } {
  const createWorker = vi.fn(() => createThread(name, options));
  const verifier = disposeAfterTest(createVerifier({ createWorker }));
  return Object.assign(verifier, { started: () => createWorker.mock.calls.length });
}

/** A cartridge whose program begins with this line; the thread of the tests acts on it. */
function acting(line: string): Promise<Uint8Array> {
  return encodeCartridge(frame, { program: `#${line}\nHALT\n`, language: "1" });
}

describe("a verification in a worker thread", () => {
  test("gives what verifyCartridge gives, with one thread for all", async () => {
    const verifier = create();
    const altered = new Uint8Array(png);
    for (const [bytes, options] of [
      [png, {}],
      [other, {}],
      [altered.subarray(0, -20), {}],
      [broken, {}],
      [await encodeCartridge(frame), {}],
      [await encodeCartridge(frame), { program: PROGRAM }],
      [png, { limits: { pixels: 5 } }],
      [png, { renderLimits: { glyphs: 1 } }],
      [
        await encodeCartridge(frame, { program: "TXT 1 1 Hello", language: "1", limits: { glyphs: 9 } }),
        { renderLimits: { glyphs: 1 } },
      ],
      [await acting("lost"), {}],
    ] as const) {
      const outcome = (verifying: Promise<unknown>) =>
        verifying.then(
          (verification) => ({ verification }),
          (error: unknown) => ({ error, ...(error as object) }),
        );
      const render: Render = (program, request) => {
        if (program.startsWith("#lost")) {
          throw Object.assign(new Error("the device was lost"), { code: "RASTER_DEVICE_LOST" });
        }
        return renderProgram(program, request);
      };
      expect(await outcome(verifier.verify(bytes, options))).toEqual(
        await outcome(verifyCartridge(bytes, { render, ...options })),
      );
    }
    expect(verifier.started()).toBe(1);
  });

  test("carries the diagnostics of an invalid program as plain data", async () => {
    const { status, cause } = await create().verify(broken);
    expect(status).toBe("not-reproducible");
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({ name: "PxlError", code: "PXL_MISSING_OPERAND" });
    expect((cause as { diagnostics?: unknown[] }).diagnostics).toHaveLength(2);
  });

  test("carries the code and the cause of an error", async () => {
    await expect(create().verify(await acting("lost"))).rejects.toMatchObject({
      name: "CartridgeError",
      code: "CARTRIDGE_RENDER_FAILED",
      cause: { message: "the device was lost", code: "RASTER_DEVICE_LOST" },
    });
  });

  test("leaves the caller's bytes as they are, and takes those of the moment of the call", async () => {
    const verifier = create();
    const padded = new Uint8Array(png.length + 100);
    padded.set(png, 50);
    const bytes = padded.subarray(50, 50 + png.length);
    const verifying = verifier.verify(bytes);
    bytes.fill(0);
    expect((await verifying).status).toBe("verified");
    expect(bytes.length).toBe(png.length);
  });

  test("takes the buffer, if asked to transfer it, and copies a part of one", async () => {
    const verifier = create();
    const own = png.slice();
    expect((await verifier.verify(own, { transfer: true })).status).toBe("verified");
    expect(own.buffer.detached).toBe(true);
    const pooled = Buffer.concat([png, Buffer.alloc(10)]).subarray(0, png.length);
    expect((await verifier.verify(pooled, { transfer: true })).status).toBe("verified");
    expect(Buffer.compare(pooled, png)).toBe(0);
  });

  test("the caller draws, if it passes render", async () => {
    const verifier = create("asking-thread");
    const render: Render = vi.fn((program, request) => Promise.resolve(renderProgram(program, request)));
    expect((await verifier.verify(png, { render })).status).toBe("verified");
    expect((await verifier.verify(other, { render })).status).toBe("not-reproducible");
    expect(render).toHaveBeenCalledTimes(2);
    const failing: Render = () =>
      Promise.reject(Object.assign(new Error("closed"), { code: "RASTER_CLOSED" }));
    await expect(verifier.verify(png, { render: failing })).rejects.toMatchObject({
      code: "CARTRIDGE_RENDER_FAILED",
      cause: { message: "closed", code: "RASTER_CLOSED" },
    });
    for (const value of [undefined, null, 5, {}, frameOf("#"), { width: 128, height: 64, data: [] }]) {
      await expect(verifier.verify(png, { render: () => value as never })).rejects.toMatchObject({
        code: "CARTRIDGE_RENDER_FAILED",
      });
    }
    expect(verifier.started()).toBe(1);
  });

  test("without a renderer on either side is refused in words", async () => {
    await expect(create("asking-thread").verify(png)).rejects.toThrow(
      new TypeError("expected render in the options of verify or of serveVerification, got none"),
    );
  });
});

describe("the signal ends a verification at once", () => {
  test.each(["forever", "never"])("a renderer that does not return: %s", async (line) => {
    const verifier = create();
    expect((await verifier.verify(png)).status).toBe("verified");
    const controller = new AbortController();
    const verifying = verifier.verify(await acting(line), { signal: controller.signal });
    const next = verifier.verify(png);
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 100);
    await expect(verifying).rejects.toBe(reason);
    // Another thread goes on with the queue.
    expect((await next).status).toBe("verified");
    expect(verifier.started()).toBe(2);
  });

  test("before it begins, and while it waits for its turn", async () => {
    const verifier = create();
    const reason = new Error("enough");
    await expect(verifier.verify(png, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const first = new AbortController();
    const second = new AbortController();
    const busy = verifier.verify(await acting("forever"), { signal: first.signal });
    const waiting = verifier.verify(png, { signal: second.signal });
    second.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    first.abort(reason);
    await expect(busy).rejects.toBe(reason);
    expect((await verifier.verify(png)).status).toBe("verified");
  });

  test("a renderer of the caller", async () => {
    const verifier = create("asking-thread");
    const controller = new AbortController();
    const render: Render = () => {
      controller.abort();
      return new Promise(() => {});
    };
    await expect(verifier.verify(png, { render, signal: controller.signal })).rejects.toThrow(/abort/);
    expect((await verifier.verify(png, { render: renderProgram })).status).toBe("verified");
  });
});

describe("a worker that fails says nothing about the file", () => {
  test.each<[string, RegExp, object?]>([
    ["exit", /it exited with code 3/],
    ["throw", /thrown later/],
    ["memory", /memory/, { maxOldGenerationSizeMb: 24 }],
  ])(
    "%s: CARTRIDGE_RENDER_FAILED, and the next verification starts another",
    async (line, message, options) => {
      const verifier = create("verification-thread", options);
      const verifying = verifier.verify(await acting(line));
      await expect(verifying).rejects.toMatchObject({ code: "CARTRIDGE_RENDER_FAILED" });
      await expect(verifying).rejects.toThrow(message);
      expect((await verifier.verify(png)).status).toBe("verified");
      expect(verifier.started()).toBe(2);
    },
  );

  test("a module that cannot be loaded", async () => {
    await expect(create("no-such-module").verify(png)).rejects.toMatchObject({
      code: "CARTRIDGE_RENDER_FAILED",
      message: expect.stringContaining("no-such-module") as string,
    });
  });

  test("a module that does not serve", async () => {
    await expect(create("frames").verify(png)).rejects.toMatchObject({ code: "CARTRIDGE_RENDER_FAILED" });
  });
});

test("an idle verifier does not keep the process alive, a busy one does", async () => {
  const thread = fileURLToPath(new URL("support/verification-thread.ts", import.meta.url));
  const script = `
    import { createVerifier } from "@gvpie/cartridge";
    import { Worker } from "node:worker_threads";
    const verifier = createVerifier({ createWorker: () => new Worker(${JSON.stringify(thread)}, { execArgv: ["--conditions=@gvpie/source"] }) });
    const png = Uint8Array.from(${JSON.stringify(Array.from(png))});
    verifier.verify(png).then(({ status }) => console.log(status));`;
  const { stdout, stderr, status } = await runProcess(
    process.execPath,
    ["--conditions=@gvpie/source", "--input-type=module", "--eval", script],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  expect({ stdout, stderr, status }).toEqual({ stdout: "verified\n", stderr: "", status: 0 });
});

test("close waits for what was begun and refuses more", async () => {
  const verifier = create();
  const verifying = verifier.verify(png);
  await verifier.close();
  expect((await verifying).status).toBe("verified");
  await expect(verifier.verify(png)).rejects.toThrow("the verifier is closed");
});

test("checks its options in words", async () => {
  expect(() => createVerifier(undefined as never)).toThrow(/expected createWorker as a function/);
  expect(() => createVerifier({ createThread: () => {} } as never)).toThrow(
    /expected options named createWorker, got "createThread"/,
  );
  expect(() => serveVerification({ rendr: renderProgram } as never)).toThrow(
    /got "rendr"; did you mean render\?/,
  );
  expect(() => serveVerification()).toThrow(/expected a worker thread, got the main thread/);
  const verifier = create();
  await expect(verifier.verify(png, { rendr: renderProgram } as never)).rejects.toThrow(
    /got "rendr"; did you mean render\?/,
  );
  await expect(verifier.verify(png, { render: 5 } as never)).rejects.toThrow(/expected render as a function/);
  await expect(verifier.verify("a.png" as never)).rejects.toThrow(/expected the bytes of a PNG/);
  expect(verifier.started()).toBe(0);
});
