import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openAudit, readPrivateKey, readPublicKey, writeKeyPair } from "@gvpie/app-common/capability";
import { inspectCapability, issueCapability, thumbprintOf } from "@gvpie/capability";
import { encodeCartridge, encodePng } from "@gvpie/cartridge";
import { backupStore, openStore } from "@gvpie/daemon/store";
import { languageOf } from "@gvpie/pxl-parser";
import { renderProgram } from "@gvpie/raster-cpu";
import { FORMAT_VERSION } from "../../src/script-file/read.ts";
import { toEntry } from "../../src/script-file/write.ts";

const TERMS = { intervalMs: 1_000, leaseMs: 60_000 };
const PROGRAMS: Readonly<Record<string, string>> = {
  "hello.pxl": "RECT 0 0 8 8\nTXT 1 1 hi\n",
  "clock.pxl": "PARAM time 00:00\nTXT 1 1 {time}\n",
  "panel.pxl": "TXT 1 1 panel\n",
  "blink.pxl": "CANVAS 8 8\nFRAMES 2 100\nRECT {frame} 0 4 4\n",
};

/** Makes the directory that the examples of help are about: programs, pictures, keys, and a database with runs. */
export async function createExampleDirectory(directory: string): Promise<void> {
  const at = (name: string): string => join(directory, name);
  mkdirSync(directory);
  for (const [name, code] of Object.entries(PROGRAMS)) writeFileSync(at(name), code);
  writeFileSync(at("report.py"), 'print("#!pxl\\nTXT 1 1 report")\n');
  for (const name of ["pictures", "image", "home"]) mkdirSync(at(name));
  mkdirSync(at("home/.config/fish/completions"), { recursive: true });

  const program = PROGRAMS["hello.pxl"] ?? "";
  const frame = renderProgram(program);
  const cartridge = await encodeCartridge(frame, { program, language: languageOf(program) });
  for (const name of ["hello.png", "edited.png", "pictures/one.png", "pictures/two.png"]) {
    writeFileSync(at(name), cartridge);
  }
  writeFileSync(at("sent.png"), await encodePng(frame));
  await writeKeys(at);
  await writeDatabase(at);
}

async function writeKeys(at: (name: string) => string): Promise<void> {
  for (const name of ["root", "server", "mine", "script"]) writeKeyPair(at(name));
  const capability = await issueCapability({
    rootKey: readPrivateKey(at("root")),
    to: readPublicKey(at("mine.pub")),
    limits: { audience: [await thumbprintOf(readPublicKey(at("server.pub")))] },
  });
  writeFileSync(at("mine.cap"), `${capability}\n`);
  const audit = openAudit(at("server.audit"));
  audit.write({
    type: "first-use",
    via: "spool",
    id: "r1",
    client: "panel",
    capability: await inspectCapability(capability),
  });
  audit.close();
}

/** The database has three versions of the clock, and seven runs. */
async function writeDatabase(at: (name: string) => string): Promise<void> {
  const store = await openStore({ path: at("db/daemon.db"), synchronous: "normal" });
  const code = PROGRAMS["clock.pxl"] ?? "";
  await store.addScript({ name: "clock", lang: "pixel", code: "TXT 1 1 one\n" });
  for (const next of ["TXT 1 1 two\n", "TXT 1 1 three\n", code]) {
    await store.updateScript("clock", { code: next });
  }
  await store.addScript({ name: "weather", lang: "pixel", code: "TXT 1 1 sun\n" });
  for (let run = 0; run < 7; run++) {
    const { id } = await store.getScript("weather");
    const [claimed] = await store.claimScripts([Number(id)], TERMS);
    const outcome = { success: true, stdout: "", stderr: "", durationMs: 1 };
    await store.finishRuns([{ runId: claimed?.runId ?? 0, ...outcome }], TERMS);
  }
  const scripts = await Promise.all(
    ["clock", "weather"].map(async (name) => toEntry(await store.getScript(name))),
  );
  writeFileSync(at("scripts.json"), JSON.stringify({ version: FORMAT_VERSION, scripts }));
  await store.close();
  await backupStore({ path: at("db/daemon.db"), to: at("daemon-backup.db") });
}
