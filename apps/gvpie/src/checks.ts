import { existsSync, lstatSync } from "node:fs";
import { adapterLabel } from "@gvpie/app-common";
import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { findAdapters, tryAdapter } from "./backends.ts";
import { capabilityMode } from "./capability-mode.ts";
import { frameBytes } from "./frame-bytes.ts";
import { isRasterError } from "./raster-error.ts";

/** One result of `gvpie doctor`. */
export interface Check {
  readonly name: string;
  /** `note`: not an error, although something may be missing. */
  readonly status: "ok" | "note" | "bad";
  readonly detail: string;
  /** For an adapter: its name, its driver, and true if it is software. */
  readonly adapter?: string;
  readonly driver?: string;
  readonly fallback?: boolean;
}

const PROGRAM = "RECT 1 1 126 62\nTXT 4 4 gvpie doctor\nHALT\n";
const RENDERER_TIMEOUT_MS = 3_000;

/** Renders, encodes and verifies a picture in memory. */
export async function selfTest(): Promise<Check> {
  const name = "self-test";
  // Without the time of the environment, which may be invalid.
  const png = await encodeCartridge(renderProgram(PROGRAM), {
    program: PROGRAM,
    language: "1",
    createdAt: new Date(),
  });
  const { status, explanation } = await verifyCartridge(png, { render: renderProgram });
  return status === "verified"
    ? { name, status: "ok", detail: "a picture rendered here verifies" }
    : { name, status: "bad", detail: `a picture rendered here is ${status}: ${explanation}` };
}

/** Renders the conformance test cases on every WebGPU adapter, and compares every byte. */
export async function checkAdapters(): Promise<Check[]> {
  const name = "adapter";
  let adapters;
  try {
    adapters = await findAdapters();
  } catch (error) {
    if (!isRasterError(error)) throw error;
    return [{ name, status: "note", detail: error.message }];
  }
  const checks: Check[] = [];
  for (const { name: adapter, driver, fallback } of adapters) {
    const facts = { name, adapter, driver, fallback };
    const label = adapterLabel({ adapter, fallback });
    const { rasterizer, failure } = await tryAdapter({ backend: "webgpu", adapter, fallback });
    await rasterizer?.close();
    checks.push(
      rasterizer === undefined
        ? { ...facts, status: "bad", detail: `${label}: ${failure}` }
        : { ...facts, status: "ok", detail: `${label}: renders the same bytes as the CPU` },
    );
  }
  return checks;
}

/** Applies the server's rules to the shared directory: a real directory that only this user can write to. */
export function checkDirectory(dir: string): Check {
  const name = "directory";
  const stats = lstatSync(dir, { throwIfNoEntry: false });
  if (stats === undefined) {
    return { name, status: "note", detail: `${dir} does not exist; gvpie-daemon creates it` };
  }
  const bad = (detail: string): Check => ({ name, status: "bad", detail: `${dir} ${detail}` });
  if (stats.isSymbolicLink()) return bad("is a symbolic link; gvpie-daemon refuses it");
  if (!stats.isDirectory()) return bad("is not a directory");
  const { uid } = stats;
  if (uid !== process.getuid?.()) return bad(`belongs to user ${uid}; run the commands as that user`);
  const mode = stats.mode & 0o777;
  if ((mode & 0o022) !== 0) return bad(`is writable by other users; try chmod 700 ${dir}`);
  return { name, status: "ok", detail: `${dir}, mode 0${mode.toString(8)}` };
}

/** Renders the same picture on the running renderer, and compares every byte. One that requires a capability refuses: it is alive. */
export async function checkRenderer(dir: string): Promise<Check> {
  const name = "renderer";
  if (!existsSync(dir)) return { name, status: "note", detail: "not running" };
  const client = createFileSocketClient({ dir });
  try {
    const reply = await client.render(PROGRAM, { timeoutMs: RENDERER_TIMEOUT_MS });
    const { backend, adapter } = reply;
    const isSame = Buffer.compare(frameBytes(reply), frameBytes(renderProgram(PROGRAM))) === 0;
    const relation = isSame ? "the same bytes as" : "different bytes than";
    const mode = capabilityMode(dir);
    const suffix = mode === undefined ? "" : `; capabilities: ${mode}`;
    const detail = `renders ${relation} this command, on ${backend}, adapter ${adapter}${suffix}`;
    return { name, status: isSame ? "ok" : "bad", detail };
  } catch (error) {
    if (!(error instanceof FileSocketError)) throw error;
    if (error.replyCode === "FSOCK_CAPABILITY_REQUIRED") {
      return {
        name,
        status: "ok",
        detail: "running; capabilities: require, so it renders nothing for this command",
      };
    }
    if (error.code === "FSOCK_NO_SERVER") return { name, status: "note", detail: "not running" };
    return { name, status: "bad", detail: error.message };
  } finally {
    await client.close();
  }
}
