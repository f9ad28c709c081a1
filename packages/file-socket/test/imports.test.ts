import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The folders of `src` that each folder may import; "." is `src` itself. An `index.ts` is a door of the package, not part of it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  process: [],
  fs: [".", "process"],
  protocol: ["."],
  client: [".", "process", "fs", "protocol"],
  server: [".", "process", "fs", "protocol"],
};
const source = new URL("../src/", import.meta.url);

test.each(Object.entries(ALLOWED))("src/%s imports only from itself and %j", (folder, allowed) => {
  const names = readdirSync(new URL(folder, source)).filter((name) => name !== "index.ts");
  const files = names.map((name) => `${folder}/${name}`);
  const imports = files.flatMap((file) =>
    [...readFileSync(new URL(file, source), "utf8").matchAll(/\b(?:from|import) ?\(?"(\.[^"]+)"/g)].map(
      ([, path = ""]) => {
        const [, target = "."] =
          /src\/(?:([a-z]+)\/)?[^/]+$/.exec(new URL(path, new URL(file, source)).pathname) ?? [];
        return { file, target };
      },
    ),
  );
  expect(imports.length > 0 || folder === "process").toBe(true);
  expect(imports.filter(({ target }) => target !== folder && !allowed.includes(target))).toEqual([]);
});
