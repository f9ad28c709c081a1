import { checkAdapters, checkDirectory, checkRenderer, selfTest, type Check } from "../checks.ts";
import { checkDatabase, checkDisk, checkFiles, checkOperation } from "../operation-checks.ts";
import { defineCommand, type Command, type SettingOption } from "../command.ts";
import { print, printJson } from "../output.ts";
import { STORE_OPTIONS } from "../store.ts";
import { styleFor, type StyleName } from "../style.ts";
import { line } from "../terminal-text.ts";
import { VERSION } from "../version.ts";

const DIR: SettingOption = {
  type: "string",
  value: "path",
  help: "directory shared with gvpie-daemon",
  default: "/tmp/gvpie",
  env: "GVPIE_DIR",
};

const STATUS_STYLES: Readonly<Record<Check["status"], StyleName>> = {
  ok: "green",
  note: "yellow",
  bad: "red",
};

export const doctor: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "Renders the conformance test cases on every WebGPU adapter, which may take some seconds.",
    "Checks the pages of the database, the modes of its files, the room on its disk, the clock, and what gvpie status",
    "reports.",
  ].join("\n"),
  examples: [
    ["gvpie doctor", "check this machine and db/daemon.db"],
    ["gvpie doctor --json > doctor.json", "the results, for a report"],
  ],
  exitCodes: [
    ["0", "No check is bad. A note, such as a renderer that does not run, is not bad."],
    ["1", "A check is bad."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["status", "db check"],
  options: {
    dir: DIR,
    ...STORE_OPTIONS,
    full: { type: "boolean", help: "check the pages of a database over 1 GiB, too" },
    json: { type: "boolean", help: "print the results as JSON" },
  },
  async run({ dir, db, full, json }) {
    // Some take seconds: each is printed as soon as it is known.
    const steps: readonly (() => readonly Check[] | Promise<readonly Check[]>)[] = [
      () => [
        { name: "gvpie", status: "ok", detail: VERSION },
        { name: "node", status: "ok", detail: `${process.version}, ${process.platform} ${process.arch}` },
      ],
      async () => [await selfTest()],
      checkAdapters,
      () => [checkDirectory(dir)],
      async () => [await checkRenderer(dir)],
      async () => [await checkDatabase(db, full)],
      () => checkFiles(db),
      () => checkDisk(db),
      () => checkOperation(db, dir),
    ];
    const style = styleFor("stdout");
    const checks: Check[] = [];
    for (const step of steps) {
      for (const check of await step()) {
        const { name, status, detail } = check;
        checks.push(check);
        if (json) continue;
        print(line`${style(STATUS_STYLES[status], status.padEnd(4))}  ${name.padEnd(9)}  ${detail}\n`);
      }
    }
    if (json) printJson(checks);
    return checks.some(({ status }) => status === "bad") ? 1 : 0;
  },
});
