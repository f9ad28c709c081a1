import { HARD_LIMITS } from "@gvpie/raster";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { readProgram } from "../input.ts";
import { printBinary, printJson, say } from "../output.ts";
import { isPattern } from "../patterns.ts";
import { renderFile, type RenderSettings } from "../render-file.ts";
import { defaultOutput, factsOf, refuseToReplace, sayWarnings, summaryOf } from "../render-output.ts";
import { writeFile } from "../write-file.ts";

export const render: Command = defineCommand({
  usage: "<file|glob|->...",
  positionals: [1, Infinity],
  details: [
    "By default, x.pxl is rendered to x.png in its directory, and a program from stdin, or raw pixels, to stdout.",
    "A program with FRAMES becomes an animation; raw is its first frame.",
    "Several programs are rendered concurrently, and one that fails does not stop the others. A glob in quotes,",
    "such as '**/*.pxl', also finds programs that are added while --watch runs. Ctrl-C ends --watch.",
  ].join("\n"),
  examples: [
    ["gvpie render hello.pxl", "writes hello.png"],
    ["gvpie render hello.pxl -o - | gvpie show -", "shows the cartridge"],
    ["gvpie render '*.pxl' -o pictures/", "renders every program here into a directory"],
    ["gvpie render hello.pxl --watch", "renders again whenever the file changes"],
  ],
  exitCodes: [
    ["0", "Every program is rendered."],
    ["1", "A program failed; the others are rendered."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["check", "verify", "show", "export"],
  options: {
    output: {
      type: "string",
      short: "o",
      value: "file|dir/|-",
      help: "output file or directory; - is stdout",
    },
    watch: { type: "boolean", help: "render again whenever a program changes" },
    ...CANVAS_OPTIONS,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
    format: {
      type: "string",
      value: "name",
      help: "png is a cartridge",
      choices: ["png", "raw", "gif", "webp"],
      default: "png",
      env: "GVPIE_FORMAT",
    },
    frame: {
      type: "string",
      value: "number",
      help: "render one frame of an animation, from 0; not a cartridge",
    },
    backend: {
      type: "string",
      value: "name",
      help: "backend to render with; all give the same bytes",
      choices: ["cpu", "webgpu"],
      default: "cpu",
    },
    adapter: {
      type: "string",
      value: "name",
      help: "use the WebGPU adapter whose name contains <name>; hardware is preferred",
    },
    json: { type: "boolean", help: "print the result as JSON" },
  },
  async run(values, paths) {
    const settings = readSettings(values);
    const { format, output, json } = { ...values, format: settings.format };
    if (isMany(paths, values)) {
      if (json && output === "-") throw new UsageError("--json writes to stdout; name a directory with -o");
      const { renderMany } = await import("../render-many.ts");
      return renderMany(paths, settings, { directory: output, json, watch: values.watch });
    }
    const [path = ""] = paths;
    const target = output ?? defaultOutput(path, format);
    if (json && STDOUT_NAMES.has(target)) {
      throw new UsageError("--json writes to stdout; name another output file with -o");
    }
    const source = readProgram(path);
    const rendered = await renderFile(path, source, settings);
    await sayWarnings(path, source, rendered.warnings);
    if (target === "-") {
      printBinary(rendered.bytes);
      return 0;
    }
    if (output === undefined) refuseToReplace(target, format);
    writeFile(target, rendered.bytes);
    if (json) {
      printJson(factsOf(target, format, rendered));
    } else {
      say(summaryOf(target, rendered));
    }
    return 0;
  },
});

function readSettings(values: {
  readonly format: string;
  readonly backend: string;
  readonly adapter: string | undefined;
  readonly width: string | undefined;
  readonly height: string | undefined;
  readonly background: string | undefined;
  readonly param: readonly string[];
  readonly fuel: string;
  readonly frame: string | undefined;
  readonly output: string | undefined;
}): RenderSettings {
  const { format, backend, adapter, background } = values;
  if (backend === "cpu" && adapter !== undefined) throw new UsageError("--adapter needs --backend webgpu");
  const params = readParams(values.param);
  const limits = limitsWithFuel(values.fuel);
  return {
    format,
    backend,
    adapter,
    ...canvasSize(values),
    background,
    params,
    limits,
    frame: frameNumber(values),
  };
}

/** True for several programs, a pattern, an output that ends with a slash, or with `--watch`. */
function isMany(
  paths: readonly string[],
  { output, watch }: { readonly output: string | undefined; readonly watch: boolean },
): boolean {
  const [path = ""] = paths;
  return paths.length > 1 || watch || isPattern(path) || (output !== undefined && output.endsWith("/"));
}

/** Returns the number in `--frame`; undefined without it. */
function frameNumber(values: {
  readonly frame: string | undefined;
  readonly format: string;
  readonly output: string | undefined;
}): number | undefined {
  const { frame, format, output } = values;
  if (frame === undefined) return undefined;
  if (format !== "png" && format !== "raw") throw new UsageError("--frame needs --format png or raw");
  if (format === "png" && output === undefined) {
    throw new UsageError("--frame writes a picture that is not a cartridge; name the file with -o");
  }
  return integerOption("--frame", frame, 0, HARD_LIMITS.frames - 1);
}

/** Names of stdout, where `--json` writes. */
const STDOUT_NAMES = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);
