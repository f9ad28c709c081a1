import { resolve } from "node:path";
import { checkDrawing, type CheckDrawingOptions } from "@gvpie/raster";
import { canvasSide, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, integerOption, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { inputName, readProgramOrPng } from "../input.ts";
import { print, printJson, say } from "../output.ts";
import { printable } from "../printable.ts";
import { programErrorOf } from "../program-error.ts";
import { STORE_OPTIONS } from "../store-options.ts";
import { formatTable } from "../table.ts";
import { withStore } from "../with-store.ts";

const LANGS = ["pixel", "gvpie", "cartridge", "python"] as const;
type Lang = (typeof LANGS)[number];

const MAX_INTERVAL_SECONDS = 31_536_000;

export const list: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  options: {
    ...STORE_OPTIONS,
    json: { type: "boolean", help: "print the scripts as JSON" },
  },
  async run({ db, json }) {
    const scripts = await withStore(db, async (store) => {
      const all = [];
      for (let after = 0; ;) {
        const page = await store.listScripts({ after });
        all.push(...page);
        const last = page.at(-1);
        if (last === undefined) return all;
        after = last.id;
      }
    });
    if (json) {
      printJson(scripts);
      return;
    }
    if (scripts.length === 0) {
      say("no scripts");
      return;
    }
    const rows = scripts.map((script) => [
      printable(script.name),
      script.lang,
      script.enabled ? "enabled" : "disabled",
      `${script.successCount} of ${script.runCount}`,
      script.lastRunAt ?? "never",
    ]);
    print(formatTable([["NAME", "LANGUAGE", "STATE", "SUCCEEDED", "LAST RUN"], ...rows]));
  },
});

export const add: Command = defineCommand({
  usage: "<name> <file|->",
  positionals: [2, 2],
  details: [
    "A .py file becomes a python script and a PNG a cartridge script, which holds the PNG's absolute path;",
    "everything else is a pixel program, which must run with these options to be added.",
  ].join("\n"),
  options: {
    ...STORE_OPTIONS,
    lang: { type: "string", value: "name", help: "language of the script", choices: LANGS },
    width: { type: "string", value: "pixels", help: "width of the canvas" },
    height: { type: "string", value: "pixels", help: "height of the canvas" },
    background: { type: "string", value: "color", help: "#rgb, #rrggbb or #rrggbbaa" },
    param: PARAM_OPTION,
    interval: { type: "string", value: "seconds", help: "time from one start to the next" },
    disabled: { type: "boolean", help: "do not run it yet" },
  },
  async run(values, [name = "", path = ""]) {
    const { lang, code } = readScript(path, values.lang as Lang | undefined);
    const { background, interval } = values;
    const width = values.width === undefined ? undefined : canvasSide("--width", values.width);
    const height = values.height === undefined ? undefined : canvasSide("--height", values.height);
    const params = readParams(values.param);
    const hasParams = values.param.length > 0;
    if (lang === "pixel" || lang === "gvpie") checkRuns(path, code, { width, height, params });
    else if (hasParams)
      throw new UsageError(`--param is for pixel programs, and ${path} is a ${lang} script`);
    await withStore(values.db, (store) =>
      store.addScript({
        name,
        lang,
        code,
        enabled: !values.disabled,
        options: {
          width,
          height,
          background,
          params: hasParams ? params : undefined,
          intervalMs:
            interval === undefined
              ? undefined
              : integerOption("--interval", interval, 1, MAX_INTERVAL_SECONDS) * 1000,
        },
      }),
    );
    say(`added ${printable(name)}, a ${lang} script`);
  },
});

export const show: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  options: {
    ...STORE_OPTIONS,
    json: { type: "boolean", help: "print all about the script as JSON" },
  },
  async run({ db, json }, [name = ""]) {
    const script = await withStore(db, (store) => store.getScript(name));
    if (json) printJson(script);
    else print(script.code.endsWith("\n") ? script.code : `${script.code}\n`);
  },
});

export const enable: Command = switchCommand("enabled", true);
export const disable: Command = switchCommand("disabled", false);

export const remove: Command = defineCommand({
  usage: "<name>",
  positionals: [1, 1],
  details: "Cartridges stay where they are. To keep the record of the runs, disable the script instead.",
  options: STORE_OPTIONS,
  async run({ db }, [name = ""]) {
    const { runs } = await withStore(db, (store) => store.removeScript(name));
    say(`removed ${printable(name)} and the record of ${runs} run${runs === 1 ? "" : "s"}`);
  },
});

function switchCommand(state: string, enabled: boolean): Command {
  return defineCommand({
    usage: "<name>",
    positionals: [1, 1],
    options: STORE_OPTIONS,
    async run({ db }, [name = ""]) {
      await withStore(db, (store) => store.updateScript(name, { enabled }));
      say(`${state} ${printable(name)}`);
    },
  });
}

/** Runs a program without painting, so that nothing is added that could only fail. */
function checkRuns(path: string, source: string, options: CheckDrawingOptions): void {
  try {
    checkDrawing(source, options);
  } catch (error) {
    throw programErrorOf(error, inputName(path), source);
  }
}

/** A script's language and code, from what the file holds and is called. */
function readScript(path: string, wanted: Lang | undefined): { lang: Lang; code: string } {
  const input = readProgramOrPng(path);
  if ("png" in input) {
    if (path === "-") throw new UsageError("a cartridge script needs the PNG's path, not its bytes on stdin");
    if (wanted !== undefined && wanted !== "cartridge") {
      throw new UsageError(`${path} is a PNG; expected the code of a ${wanted} script`);
    }
    return { lang: "cartridge", code: resolve(path) };
  }
  const lang = wanted ?? (path.endsWith(".py") ? "python" : "pixel");
  return { lang, code: input.source };
}
