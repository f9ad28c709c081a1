import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatManPage } from "@gvpie/app-common/man";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { manPages } from "../src/man.ts";

const hasMandoc = spawnSync("mandoc", ["-T", "lint"], { input: "" }).error === undefined;

test("each command has a page, and gvpie(1) names them all", async () => {
  const pages = await manPages();
  const names = Object.keys(COMMANDS).map((name) => `gvpie-${name.replace(" ", "-")}`);
  expect(pages.map(({ name }) => name)).toEqual(["gvpie", ...names]);
  const known = [...pages.map((page) => `${page.name}(1)`), "gvpie-daemon(8)", "zero-human-daemon(8)"];
  for (const { name, seeAlso } of pages) expect(known, name).toEqual(expect.arrayContaining([...seeAlso]));
  expect(pages[0]?.commands?.map(([name]) => name)).toEqual(Object.keys(COMMANDS));
});

test.skipIf(!hasMandoc)("the pages are valid, and show every option and example", async () => {
  const cwd = temporaryDirectory();
  const pages = await manPages();
  const files = pages.map((page) => {
    const file = `${page.name}.${page.section}`;
    writeFileSync(join(cwd, file), formatManPage(page));
    return file;
  });
  const { stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning", ...files], {
    cwd,
    encoding: "utf8",
  });
  // A page without a date is the same in every build.
  expect(stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
  for (const [index, page] of pages.entries()) {
    const text = spawnSync("mandoc", ["-T", "utf8", "-O", "width=200", files[index] ?? ""], {
      cwd,
      encoding: "utf8",
    })
      // oxlint-disable-next-line no-control-regex -- bold text is a character, a backspace and the character again
      .stdout.replaceAll(/.\u0008/gu, "");
    for (const [shown] of [...page.options, ...(page.examples ?? [])]) {
      expect(text, page.name).toContain(shown);
    }
  }
});
