import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { serve, startDaemon } from "./support/daemon.ts";

const HOSTILE = "a\u001b[31mb\u009b31mc\u202ed\u200be\u{e0041}f\u2028g\rh\ni";
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test.each(["pretty", "json"])(
  "%s output has no raw control, bidi or invisible characters of paths and options",
  async (format) => {
    const cwd = temporaryDirectory();
    const daemon = await serve(join(cwd, HOSTILE), ["--log-format", format]);
    await daemon.kill("SIGTERM");
    expect(daemon.stdout + daemon.stderr).not.toMatch(UNSAFE);
    expect(daemon.stderr).not.toMatch(/^i/m);
    const writable = join(cwd, `w${HOSTILE}`);
    mkdirSync(writable);
    chmodSync(writable, 0o777);
    for (const args of [["--dir", writable], [`--${HOSTILE}`], ["--backend", HOSTILE], [HOSTILE]]) {
      const { stdout, stderr } = await startDaemon(["--log-format", format, ...args], {
        GVPIE_BACKEND: "cpu",
        GVPIE_MAX_PIXELS: args.length > 1 ? "" : "1",
      }).result();
      expect(stdout + stderr).not.toMatch(UNSAFE);
    }
  },
);
