// The files that other programs write when they open a PNG and save it again.

import { skipVisibly } from "@gvpie/testing";
import initOxipng, { optimise } from "@jsquash/oxipng/codec/pkg/squoosh_oxipng.js";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import type { TestContext } from "vitest";
import { runPillow } from "./pillow.ts";

/** Debian's commands; a machine may have other programs of these names first on the PATH. */
const BIN = "/usr/bin";
const PACKAGES = {
  convert: "imagemagick",
  mogrify: "imagemagick",
  optipng: "optipng",
  pngcrush: "pngcrush",
  pngquant: "pngquant",
  zopflipng: "zopfli",
} as const;
type Tool = keyof typeof PACKAGES;

/** Losses by name: of a palette, and of alpha. */
function lossesOf(name: string): Pick<Resave, "colors" | "keepsAlpha"> {
  return {
    colors: /PNG8|pngquant|palette/.test(name) ? "few" : "all",
    keepsAlpha: !/PNG24|PNG48|PNG00|RGB,|alpha/.test(name),
  };
}

/** Skips the running test if one of the commands is not installed. */
export function requireTools(context: TestContext): void {
  for (const [tool, debian] of Object.entries(PACKAGES)) {
    if (!existsSync(join(BIN, tool))) {
      skipVisibly(context, `no ${tool}: install it (Debian: apt-get install ${debian})`);
    }
  }
}

/** One way to save a file again. */
export interface Resave {
  readonly name: string;
  /** `verified` if the texts of a cartridge survive, `stripped` if they do not. */
  readonly status: "verified" | "stripped" | "not-canonical";
  /** `few`: pictures of more than 256 colours lose some. */
  readonly colors: "few" | "all";
  /** False if transparent pixels become opaque, or their colours change. */
  readonly keepsAlpha: boolean;
  readonly save: (png: Uint8Array) => Promise<Uint8Array>;
}

function withTool(tool: Tool, name: string, status: Resave["status"], ...args: readonly string[]): Resave {
  return {
    name: `${tool} ${name}`.trim(),
    status,
    ...lossesOf(`${tool} ${name}`),
    save: async (png) => {
      const folder = mkdtempSync(join(tmpdir(), "gvpie-resave-"));
      try {
        const [input, output] = [join(folder, "in.png"), join(folder, "out.png")];
        writeFileSync(input, png);
        // Some tools change their input.
        copyFileSync(input, output);
        execFileSync(
          join(BIN, tool),
          args.map((arg) => arg.replace("IN", input).replace("OUT", output)),
          { stdio: "ignore" },
        );
        return new Uint8Array(readFileSync(output));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

function withPillow(name: string, status: Resave["status"], statements: string): Resave {
  return {
    name: `Pillow, ${name}`,
    status,
    ...lossesOf(name),
    save: async (png) => {
      const script = `
import base64, io
image = Image.open(io.BytesIO(base64.b64decode(data)))
image.load()
info = PngImagePlugin.PngInfo()
target = io.BytesIO()
${statements}
print(json.dumps(base64.b64encode(target.getvalue()).decode()))
`;
      return new Uint8Array(
        Buffer.from(runPillow(script, Buffer.from(png).toString("base64")) as string, "base64"),
      );
    },
  };
}

function withSharp(name: string, status: Resave["status"], change: (image: Sharp) => Sharp): Resave {
  return {
    name: `sharp, ${name}`,
    status,
    ...lossesOf(name),
    save: async (png) => new Uint8Array(await change(sharp(png)).toBuffer()),
  };
}

function withOxipng(name: string, level: number, interlaced: boolean, optimizesAlpha: boolean): Resave {
  return {
    name: `oxipng, ${name}`,
    status: "verified",
    ...lossesOf(name),
    save: async (png) => {
      const wasm = createRequire(import.meta.url).resolve("@jsquash/oxipng/codec/pkg/squoosh_oxipng_bg.wasm");
      await initOxipng(readFileSync(wasm));
      return optimise(png, level, interlaced, optimizesAlpha);
    },
  };
}

const addTexts = (call: string) => `for key, value in image.text.items(): ${call}`;

export const resaves: readonly Resave[] = [
  withTool("convert", "", "verified", "IN", "OUT"),
  withTool("convert", "PNG8", "verified", "IN", "PNG8:OUT"),
  withTool("convert", "PNG24", "verified", "IN", "PNG24:OUT"),
  withTool("convert", "PNG32", "verified", "IN", "PNG32:OUT"),
  withTool("convert", "PNG00", "verified", "IN", "PNG00:OUT"),
  withTool("convert", "PNG48", "not-canonical", "IN", "PNG48:OUT"),
  withTool("convert", "-interlace PNG", "verified", "IN", "-interlace", "PNG", "OUT"),
  withTool("convert", "-quality 95", "verified", "IN", "-quality", "95", "OUT"),
  withTool("convert", "-density 300", "verified", "IN", "-density", "300", "OUT"),
  withTool("convert", "-strip", "stripped", "IN", "-strip", "OUT"),
  withTool("mogrify", "", "verified", "OUT"),
  withTool("mogrify", "-strip", "stripped", "-strip", "OUT"),
  withTool("optipng", "", "verified", "-clobber", "OUT"),
  withTool("optipng", "-o4 -i1", "verified", "-clobber", "-o4", "-i1", "OUT"),
  withTool("optipng", "-strip all", "stripped", "-clobber", "-strip", "all", "OUT"),
  withTool("pngcrush", "", "verified", "IN", "OUT"),
  withTool("pngcrush", "-brute", "verified", "-brute", "IN", "OUT"),
  withTool("pngcrush", "-rem alla", "stripped", "-rem", "alla", "IN", "OUT"),
  withTool("pngquant", "", "verified", "--force", "-o", "OUT", "IN"),
  withTool("pngquant", "--strip", "stripped", "--force", "--strip", "-o", "OUT", "IN"),
  withTool("zopflipng", "--keepchunks", "verified", "-y", "--keepchunks=tEXt,zTXt", "IN", "OUT"),
  withTool("zopflipng", "", "stripped", "-y", "IN", "OUT"),
  withPillow("without pnginfo", "stripped", `image.save(target, "PNG")`),
  withPillow(
    "pnginfo",
    "verified",
    `${addTexts("info.add_text(key, value)")}\nimage.save(target, "PNG", pnginfo=info)`,
  ),
  withPillow(
    "pnginfo, compressed",
    "verified",
    `${addTexts("info.add_text(key, value, zip=True)")}\nimage.save(target, "PNG", pnginfo=info, optimize=True)`,
  ),
  withPillow(
    "pnginfo, RGB, dpi",
    "verified",
    `${addTexts("info.add_text(key, value)")}\nimage.convert("RGB").save(target, "PNG", pnginfo=info, dpi=(72, 72))`,
  ),
  withPillow(
    "pnginfo, RGBA",
    "verified",
    `${addTexts("info.add_text(key, value)")}\nimage.convert("RGBA").save(target, "PNG", pnginfo=info)`,
  ),
  withSharp("default", "stripped", (image) => image.png()),
  withSharp("palette", "stripped", (image) => image.png({ palette: true })),
  withSharp("keepMetadata", "verified", (image) => image.keepMetadata().png()),
  withSharp("keepMetadata, palette", "verified", (image) => image.keepMetadata().png({ palette: true })),
  withSharp("keepMetadata, interlaced", "verified", (image) =>
    image.keepMetadata().png({ progressive: true }),
  ),
  withSharp("withMetadata, density", "verified", (image) => image.withMetadata({ density: 300 }).png()),
  withSharp("withMetadata", "verified", (image) => image.withMetadata().png()),
  withSharp("withMetadata, orientation", "not-canonical", (image) =>
    image.withMetadata({ orientation: 6 }).png(),
  ),
  withOxipng("default", 2, false, false),
  withOxipng("level 6, interlaced", 6, true, false),
  withOxipng("level 4, alpha", 4, false, true),
];
