import { format as formatPath, parse as parsePath } from "node:path";
import { drawForCartridge, encodeCartridge, readCartridgeMetadata } from "@gvpie/cartridge";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { drawOnAdapter, drawProgram } from "../draw.ts";
import { CommandError, UsageError } from "../errors.ts";
import { frameBytes } from "../frame-bytes.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { exists, inputName, readPng, readProgram } from "../input.ts";
import { printBinary, printJson, say } from "../output.ts";
import { line } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

export const render: Command = defineCommand({
  usage: "<file|->",
  positionals: [1, 1],
  details:
    "By default, x.pxl is rendered to x.png in its directory, and a program from stdin, or raw pixels, to stdout.",
  options: {
    output: { type: "string", short: "o", value: "file|-", help: "output file; - is stdout" },
    ...CANVAS_OPTIONS,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
    format: {
      type: "string",
      value: "name",
      help: "a cartridge, or only its RGBA bytes",
      choices: ["png", "raw"],
      default: "png",
      env: "GVPIE_FORMAT",
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
  async run(values, [path = ""]) {
    const { background, backend, adapter } = values;
    const params = readParams(values.param);
    const output = values.output ?? defaultOutput(path, values.format);
    if (values.json && STDOUT_NAMES.has(output)) {
      throw new UsageError("--json writes to stdout; name another output file with -o");
    }
    if (backend === "cpu" && adapter !== undefined) throw new UsageError("--adapter needs --backend webgpu");

    const source = readProgram(path);
    const options = { ...canvasSize(values), background, params };
    const { drawn, limits } = await drawForCartridge(options, limitsWithFuel(values.fuel), (limits) =>
      backend === "webgpu"
        ? drawOnAdapter(path, source, { ...options, limits }, adapter)
        : drawProgram(path, source, { ...options, limits }),
    );
    const { frame, warnings, info } = drawn;
    if (warnings.length > 0) {
      const [{ formatDiagnostics }, { styleFor }] = await Promise.all([
        import("../diagnostics.ts"),
        import("../style.ts"),
      ]);
      say(formatDiagnostics(inputName(path), source, warnings, styleFor("stderr")).trimEnd());
    }
    const bytes =
      values.format === "raw"
        ? frameBytes(frame)
        : await encodeCartridge(frame, {
            program: source,
            language: "1",
            background,
            params,
            limits,
            engine: `raster-${info.backend}`,
          }).catch(toUsageError);
    if (output === "-") {
      printBinary(bytes);
      return;
    }
    if (values.output === undefined) refuseToReplace(output);
    writeFile(output, bytes);
    const { width, height } = frame;
    if (!values.json) {
      const by = backend === "cpu" ? "" : `, rendered by ${info.adapter}`;
      say(line`wrote ${output}, ${width}×${height}, ${bytes.length} bytes${by}`);
      return;
    }
    const { hash } = await import("node:crypto");
    printJson({
      file: output,
      format: values.format,
      bytes: bytes.length,
      width,
      height,
      checksum: hash("sha256", frameBytes(frame)),
      ...info,
      warnings,
    });
  },
});

/** Names of stdout, where `--json` writes. */
const STDOUT_NAMES = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

function defaultOutput(path: string, format: string): string {
  if (path === "-" || format === "raw") return "-";
  const { root, dir, name } = parsePath(path);
  return formatPath({ root, dir, name, ext: ".png" });
}

/** @throws {CommandError} if `output`, a default name, exists and is not a cartridge. */
function refuseToReplace(output: string): void {
  if (!exists(output)) return;
  try {
    if (readCartridgeMetadata(readPng(output, false)).checksum !== undefined) return;
  } catch {
    // Not a PNG.
  }
  throw new CommandError(
    "WOULD_OVERWRITE",
    `${output} exists and is not a cartridge; name it with -o to replace it`,
  );
}

/** The only value of the caller that reaches the encoder unchecked is SOURCE_DATE_EPOCH, of the environment. */
function toUsageError(error: unknown): never {
  throw error instanceof RangeError && error.message.includes("SOURCE_DATE_EPOCH")
    ? new UsageError(error.message)
    : error;
}
