import { createFileSocketServer, FileSocketError, type FileSocketServer } from "@gvpie/file-socket";
import type { RasterizerInfo } from "@gvpie/raster";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { readConfig, readVersion, type Config } from "./config.ts";
import { createLog } from "./log.ts";
import { createRenderHandler } from "./render-handler.ts";

const DONE = 0;
/** Another server holds the directory: EX_TEMPFAIL of sysexits.h. */
const OCCUPIED = 75;
/** The directory or backend cannot be used: EX_CONFIG of sysexits.h. */
const MISCONFIGURED = 78;

/** More would only hold memory: a frame may have 64 MiB. */
const MAX_THREADS = 4;

const config = readConfig(process.argv.slice(2));
process.exitCode = typeof config === "number" ? config : await serve(config);

async function serve({ dir, backend, limits, log: logOptions }: Config): Promise<number> {
  const log = createLog(logOptions);
  if (backend === "webgpu") {
    log.fatal("this version draws on the CPU only: use --backend cpu or auto");
    return MISCONFIGURED;
  }
  const stopAsked = untilStopAsked();
  const rasterizer = createWorkerRasterizer({ threads: Math.min(MAX_THREADS, availableParallelism()) });
  let server: FileSocketServer;
  try {
    server = await createFileSocketServer({
      dir,
      limits: { pixels: limits.pixels },
      render: createRenderHandler(rasterizer, limits),
      onEvent: ({ type, level, message, fields }) =>
        log[level](fields, type === "refused" ? `refused: ${message}` : message),
    });
  } catch (error) {
    await rasterizer.close();
    return refuseToStart(error, log);
  }
  announce(server, rasterizer.info, log);
  log.info(`${await stopAsked}: finishing what is in hand`);
  await server.close();
  await rasterizer.close();
  log.info("stopped");
  return DONE;
}

/** What a person who starts it wants to know, and the same as fields. */
function announce({ dir, limits }: FileSocketServer, info: RasterizerInfo, log: Logger): void {
  const paths = { command: join(dir, "cmd.json"), reply: join(dir, "out.raw"), spool: join(dir, "v1") };
  const { backend, adapter, fallback } = info;
  log.info(
    { version: readVersion(), backend, adapter, fallback },
    `drawing on ${backend}, adapter ${adapter}`,
  );
  log.info(
    { dir, ...paths, limits },
    `serving ${paths.command} → ${paths.reply}, and ${paths.spool} for many clients`,
  );
}

function refuseToStart(error: unknown, log: Logger): number {
  const isExpected = error instanceof FileSocketError || (error instanceof Error && "syscall" in error);
  if (!isExpected) throw error;
  log.fatal({ err: error }, error.message);
  return error instanceof FileSocketError && error.code === "FSOCK_LOCKED" ? OCCUPIED : MISCONFIGURED;
}

/** The first signal's name. Later ones change nothing: a terminal and a parent often both send one. */
function untilStopAsked(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on("SIGINT", resolve);
    process.on("SIGTERM", resolve);
  });
}
