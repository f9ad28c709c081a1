import { readdirSync, readFileSync } from "node:fs";

/** Folder of the programs and their pictures. */
export const PROGRAMS = new URL("../../../examples/programs/", import.meta.url);

/** One program of `examples/programs`. */
export interface GalleryProgram {
  /** Its file is `<name>.pxl`, its picture `<name>.png`. */
  readonly name: string;
  readonly source: string;
  /** Text of the comment in the first lines. */
  readonly description: string;
  /** Canvas of the line `# canvas <width>x<height> [background]`, or the default canvas. */
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
  const description = lines.filter((line) => !line.startsWith("canvas ")).join(" ");
  const canvas = /^# canvas (\d+)x(\d+)(?: (#[0-9a-f]{8}))?$/m.exec(comment);
  const [, width = "128", height = "64", background = "#000000ff"] = canvas ?? [];
  return { name, source, description, canvas: { width: Number(width), height: Number(height), background } };
}
