import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

function pages(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist", "CHANGELOG.md"].includes(entry.name) || entry.name.startsWith(".")) {
      return [];
    }
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pages(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** Returns the anchor that GitHub gives to a heading. */
function anchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** Returns the anchors of a page, or of a folder's README. */
function anchorsOf(target: string): Set<string> {
  const page = statSync(target).isDirectory() ? join(target, "README.md") : target;
  const headings = readFileSync(page, "utf8").matchAll(/^#{1,6} +(.+)$/gm);
  return new Set(Array.from(headings, ([, heading = ""]) => anchor(heading)));
}

test.each(pages().map((page) => [relative(root, page), page]))("every link of %s has a target", (_, page) => {
  const text = readFileSync(page, "utf8").replaceAll(/^```.*?^```/gms, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)].map(
    ([, a, b]) => a ?? b ?? "",
  );
  const broken = links.filter((link) => {
    if (/^[a-z]+:/i.test(link)) return false;
    const [path = "", fragment] = link.split("#");
    const target = path === "" ? page : join(dirname(page), decodeURIComponent(path));
    return !existsSync(target) || (fragment !== undefined && !anchorsOf(target).has(fragment));
  });
  expect(broken).toEqual([]);
});

test("the README's picture is a cartridge of its program", async () => {
  const program = readme.slice(readme.indexOf("    TXT"), readme.indexOf("HALT") + 4);
  const source = program.replaceAll(/^ {4}/gm, "").replaceAll(/ {2,}.*$/gm, "");
  const { frame, metadata } = await decodeCartridge(readFileSync(join(root, "docs/hello.png")));
  expect(metadata.gvpie?.program).toBe(`${source}\n`);
  expect(frame.data).toEqual(renderProgram(source).data);
});

test("the first picture of docs/language.md is a cartridge of its program", async () => {
  const page = readFileSync(join(root, "docs/language.md"), "utf8");
  const program = /^```pxl\n(.*?)^```$/ms.exec(page)?.[1] ?? "";
  const { frame, metadata } = await decodeCartridge(readFileSync(join(root, "docs/panel.png")));
  expect(metadata.gvpie?.program).toBe(program);
  expect(frame.data).toEqual(renderProgram(program).data);
});

test("the README's example is examples/keep.ts, which runs", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../../examples/keep.ts");
  expect(log.mock.calls).toEqual([["verified"]]);
  log.mockRestore();
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(join(root, "examples/keep.ts"), "utf8")}\`\`\``);
});
