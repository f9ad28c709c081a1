// The public boundary does not trust TypeScript: an option that would be ignored is refused in words.
import { createDaemon } from "@gvpie/daemon";
import { openReader, openStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test.each<[options: object, message: string]>([
  [{ intervalMS: 5 }, 'got "intervalMS"; did you mean intervalMs?'],
  [{ concurency: 5 }, "did you mean concurrency?"],
  [new Map(), "expected options as a plain object, got a Map object"],
])("createDaemon refuses %o", (options, message) => {
  expect(() => createDaemon(options as never)).toThrow(message);
});

test.each<[options: object, message: string]>([
  [{ creat: false }, 'got "creat"; did you mean create?'],
  [{ create: "no" }, 'expected create as a boolean, got the string "no"'],
  [{ writable: 1 }, "expected writable as a boolean, got 1"],
  [{ synchronous: "off" }, 'expected synchronous as full or normal, got the string "off"'],
  [{ busyTimeoutMs: -1 }, "expected busyTimeoutMs as an integer from 0 to 2147483647, got -1"],
  [{ busyTimeoutMs: "5" }, 'got the string "5"'],
  [{ path: "" }, 'expected path as the path of a file, got the string ""'],
])("openStore refuses %o, and creates nothing", async (options, message) => {
  const path = join(temporaryDirectory(), "daemon.db");
  await expect(openStore({ path, ...options })).rejects.toThrow(message);
  expect(existsSync(path)).toBe(false);
});

test("openReader refuses the options of a writer", async () => {
  await expect(openReader({ path: "x", create: true } as never)).rejects.toThrow('got "create"');
});
