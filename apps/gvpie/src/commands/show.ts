import { decodePng } from "@gvpie/cartridge";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { drawProgram } from "../draw.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { readProgramOrPng } from "../input.ts";
import { print } from "../output.ts";
import { drawPicture } from "../picture.ts";
import { detectTerminal } from "../terminal.ts";
import { TerminalText } from "../terminal-text.ts";

export const show: Command = defineCommand({
  usage: "<png|pxl|->",
  positionals: [1, 1],
  details:
    "The picture is scaled to the terminal's width (COLUMNS), in colour if the terminal has it (NO_COLOR, FORCE_COLOR).",
  options: { ...CANVAS_OPTIONS, param: PARAM_OPTION, fuel: FUEL_OPTION },
  async run(values, [path = ""]) {
    const { background } = values;
    const params = readParams(values.param);
    const limits = limitsWithFuel(values.fuel);
    const input = readProgramOrPng(path);
    const frame =
      "png" in input
        ? await decodePng(input.png)
        : drawProgram(path, input.source, { ...canvasSize(values), background, params, limits }).frame;
    print(TerminalText.trust(drawPicture(frame, detectTerminal(process.env, process.stdout))));
  },
});
