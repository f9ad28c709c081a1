import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workspaceWith } from "./support/workspace.ts";

const HOSTILE = "a\u001b[31mb\u009b31mc\u202ed\u200be\u{e0041}f\u2028g\rh\ni";

test.each(["pretty", "json"])(
  "%s output has no raw control, bidi or invisible characters of names, paths and options",
  async (format) => {
    const workspace = await workspaceWith({ name: HOSTILE, lang: "pixel", code: `FOO ${HOSTILE}` });
    cpSync(join(workspace.cwd, "db/daemon.db"), join(workspace.cwd, `db/${HOSTILE}.db`));
    for (const args of [
      ["--once"],
      ["--once", "--cartridges", `cartridges${HOSTILE}`],
      ["--once", "--db", `db/${HOSTILE}.db`],
      [`--${HOSTILE}`],
      ["--save", HOSTILE],
      [HOSTILE],
    ]) {
      const { stdout, stderr } = await workspace.run("--log-format", format, ...args);
      expect(stdout + stderr, args.join(" ")).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(stdout + stderr).not.toMatch(/^i/m);
    }
  },
);
