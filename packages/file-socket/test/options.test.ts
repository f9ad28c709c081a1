// The public boundary does not trust TypeScript: what the server would not see, or would ignore, is refused in words.
import { createFileSocketClient, createFileSocketServer } from "@gvpie/file-socket";
import { describe, expect, test } from "vitest";

/** Never created: a server that is started by mistake fails. */
const dir = "/dev/null/gvpie";
const render = () => ({
  width: 1,
  height: 1,
  data: new Uint8ClampedArray(4),
  backend: "cpu",
  adapter: "cpu",
});

describe("a client refuses", () => {
  test.each<[options: unknown, message: string]>([
    [undefined, "expected options as a plain object, got undefined"],
    [{ dir, timeout: 5 }, 'expected options named dir, capability, got "timeout"'],
    [{ Dir: dir }, "did you mean dir?"],
    [{ dir: 5 }, "expected dir as the path of a directory, got 5"],
    [{ dir: "" }, 'got the string ""'],
    [new Map([["dir", dir]]), "expected options as a plain object, got a Map object"],
  ])("%o", (options, message) => {
    expect(() => createFileSocketClient(options as never)).toThrow(message);
  });

  test.each<[options: unknown, message: string]>([
    [{ widht: 4 }, 'got "widht"; did you mean width?'],
    [{ timeoutMS: 4 }, 'got "timeoutMS"; did you mean timeoutMs?'],
    [{ limits: {} }, 'got "limits"'],
    [{ params: new Map([["t", 1]]) }, "expected params as a plain object, got a Map object"],
    [{ params: [["t", 1]] }, "expected params as a plain object, got an array"],
    [
      {
        params: new (class {
          t = 1;
        })(),
      },
      "expected params as a plain object, got an object",
    ],
    [{ params: { t: () => 1 } }, "expected parameter t as a string or a number, got a function"],
    [{ params: { t: Number.NaN } }, "expected parameter t as a string or a number, got NaN"],
    [{ params: { t: 5n } }, "got the bigint 5n"],
    [{ params: { t: undefined } }, "got undefined"],
    [{ params: { t: new Date(0) } }, "got a Date object"],
    [{ width: "4" }, 'expected width as a number, got the string "4"'],
    [{ height: Number.NaN }, "expected height as a number, got NaN"],
    [{ background: 5 }, "expected background as a string, got 5"],
    [
      { width: 2, height: 1, into: new Float32Array(2) },
      "expected into as a Uint8ClampedArray, got a Float32Array object",
    ],
    [{ into: new ArrayBuffer(8) }, "got an ArrayBuffer object"],
    [{ signal: {} }, "expected signal as an AbortSignal, got an object"],
    [{ timeoutMs: "5" }, 'got the string "5"'],
    [null, "expected options as a plain object, got null"],
  ])("in a render: %o", async (options, message) => {
    await using client = createFileSocketClient({ dir });
    await expect(client.render("HALT", options as never)).rejects.toThrow(message);
  });

  test("in a ping, and a program that is not text", async () => {
    await using client = createFileSocketClient({ dir });
    await expect(client.ping({ timeout: 5 } as never)).rejects.toThrow('got "timeout"');
    await expect(client.render(5 as never)).rejects.toThrow("expected the program as a string, got 5");
  });
});

describe("a server refuses", () => {
  test.each<[options: unknown, message: string]>([
    [{ dir, render, limit: {} }, 'got "limit"; did you mean limits?'],
    [{ dir, render, limits: { pixel: 5 } }, 'got "pixel"; did you mean pixels?'],
    [{ dir, render, limits: [] }, "expected limits as a plain object, got an array"],
    [{ dir, render, limits: { pixels: "5" } }, 'got the string "5"'],
    [{ dir, render: {} }, "expected render as a function, got an object"],
    [{ dir, render, onEvent: "log" }, 'expected onEvent as a function, got the string "log"'],
    [{ dir, render, about: {} }, "expected about as a function, got an object"],
    [{ render }, "expected dir as the path of a directory, got undefined"],
  ])("%o", async (options, message) => {
    await expect(createFileSocketServer(options as never)).rejects.toThrow(message);
  });
});
