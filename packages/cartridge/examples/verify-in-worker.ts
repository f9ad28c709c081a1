import { createVerifier, encodeCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { Worker } from "node:worker_threads";

const program = "TXT 10 10 Hello GPU\nHALT\n";
const png = await encodeCartridge(renderProgram(program), { program, language: "1" });

// In a browser: new Worker(url, { type: "module" }).
const verifier = createVerifier({
  createWorker: () => new Worker(new URL("./verify-worker.ts", import.meta.url)),
});
const { status } = await verifier.verify(png, { signal: AbortSignal.timeout(60_000) });
console.log(status);
await verifier.close();
