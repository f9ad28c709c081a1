import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createFileSocketClient,
  createFileSocketServer,
  FileSocketError,
  type RenderHandler,
  RequestError,
} from "@gvpie/file-socket";
import { PxlError } from "@gvpie/pxl-parser";
import { renderProgram } from "@gvpie/raster-cpu";

const dir = join(mkdtempSync(join(tmpdir(), "file-socket-")), "socket");

// One process renders for all others.
const render: RenderHandler = ({ code, width, height, background, params }) => {
  try {
    const frame = renderProgram(code, { width, height, background, params });
    return { ...frame, backend: "cpu", adapter: "cpu" };
  } catch (error) {
    if (!(error instanceof PxlError)) throw error;
    const { code: errorCode, message, diagnostics } = error;
    throw new RequestError({ status: "bad_program", code: errorCode, message, diagnostics });
  }
};
await using _server = await createFileSocketServer({ dir, render });

// Any number of clients send requests, usually from other processes.
await using client = createFileSocketClient({ dir });
const panel = "PARAM load 0\nRECT 0 0 {load} 8\nHALT";
const { width, height, data } = await client.render(panel, { width: 100, height: 8, params: { load: 42 } });
const lit = data.filter((byte, index) => index % 4 === 0 && byte === 255).length;
console.log(`${width} × ${height}, ${lit} white pixels`);

try {
  await client.render("RECT 0 0 8");
} catch (error) {
  if (!(error instanceof FileSocketError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
