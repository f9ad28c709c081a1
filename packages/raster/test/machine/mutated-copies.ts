import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import type { Mutation } from "./mutations.ts";
import type * as Subject from "./subject.ts";

/** The folder of the packages. */
export const PACKAGES: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Copies of the sources and of these tests, each with one change. */
export interface MutatedCopies {
  /** Makes a copy, and imports its theorems and its comparison. */
  importCopy(mutation: Mutation): Promise<typeof Subject>;
  close(): void;
}

/** Prepares the copies: without types, so that each is loaded faster. */
export function createMutatedCopies(): MutatedCopies {
  const folder = mkdtempSync(join(tmpdir(), "gvpie-mutations-"));
  const original = join(folder, "original");
  for (const part of ["raster/src", "raster/test/machine", "pxl-parser/src"]) {
    for (const name of readdirSync(join(PACKAGES, part), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
      const file = join(part, name);
      write(join(original, withoutTypes(file)), compileText(readFileSync(join(PACKAGES, file), "utf8")));
    }
  }
  write(join(original, "raster/package.json"), `{ "type": "module" }`);
  const manifest = readFileSync(join(PACKAGES, "pxl-parser/package.json"), "utf8");
  write(join(original, "pxl-parser/package.json"), manifest.replaceAll('.ts"', '.mjs"'));
  let copies = 0;
  return {
    async importCopy({ file, from, to }) {
      const copy = join(folder, String(copies++));
      cpSync(original, copy, { recursive: true });
      const scope = join(copy, "node_modules", "@gvpie");
      mkdirSync(scope, { recursive: true });
      symlinkSync(join(copy, "pxl-parser"), join(scope, "pxl-parser"));
      for (const name of ["glyph-rom", "testing"]) symlinkSync(join(PACKAGES, name), join(scope, name));
      const pieces = readFileSync(join(PACKAGES, file), "utf8").split(from);
      if (pieces.length !== 2) {
        throw new Error(`expected ${from} once in ${file}, got it ${pieces.length - 1} times`);
      }
      write(join(copy, withoutTypes(file)), compileText(pieces.join(to)));
      const subject = join(copy, "raster/test/machine/subject.mjs");
      return (await import(pathToFileURL(subject).href)) as typeof Subject;
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

function withoutTypes(file: string): string {
  return file.replace(/\.ts$/, ".mjs");
}

function compileText(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(/(from\s+"\.[^"]*)\.ts"/g, '$1.mjs"');
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
