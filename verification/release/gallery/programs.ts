import { readdirSync, readFileSync } from "node:fs";
import { parseProgram } from "@gvpie/pxl-parser";

/** Folder of the programs and their pictures. */
export const PROGRAMS = new URL("../../../examples/programs/", import.meta.url);

/** One program of `examples/programs`. */
export interface GalleryProgram {
  /** Its file is `<name>.pxl`, its picture `<name>.png`. */
  readonly name: string;
  readonly source: string;
  /** Text of the comment in the first lines. */
  readonly description: string;
  /** Canvas of its `CANVAS`, or the default canvas. */
  readonly canvas: { readonly width: number; readonly height: number; readonly background: string };
}

/** Reads all programs, by name. */
export function readPrograms(): Map<string, GalleryProgram> {
  const names = readdirSync(PROGRAMS)
    .filter((file) => file.endsWith(".pxl"))
    .map((file) => file.slice(0, -".pxl".length));
  return new Map(names.map((name) => [name, readProgram(name)]));
}

function readProgram(name: string): GalleryProgram {
  const source = readFileSync(new URL(`${name}.pxl`, PROGRAMS), "utf8");
  const comment = /^(?:#.*\n)+/.exec(source)?.[0] ?? "";
  const lines = comment
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(2));
  const description = lines.join(" ");
  const { width = 128, height = 64, background = 0x000000ff } = parseProgram(source).canvas ?? {};
  const color = `#${background.toString(16).padStart(8, "0")}`;
  return { name, source, description, canvas: { width, height, background: color } };
}
