import { createLog, ExitCode, isShortage, stopSignal, tooFewOpenFiles } from "@gvpie/app-common/daemon";
import { createFileSocketServer, FileSocketError, type FileSocketServer } from "@gvpie/file-socket";
import { RasterError } from "@gvpie/raster";
import { once } from "node:events";
import { join } from "node:path";
import type { Logger } from "pino";
import { openBackend, type Backend } from "./backend.ts";
import { readConfig, type Config } from "./config.ts";
import { createRenderHandler } from "./render-handler.ts";

const config = readConfig(process.argv.slice(2));
process.exitCode = typeof config === "number" ? config : await serve(config);

async function serve({ dir, limits, log: logOptions, ...choice }: Config): Promise<number> {
  const log = createLog(logOptions);
  const stop = stopSignal();
  const shortage = tooFewOpenFiles();
  if (shortage !== undefined) {
    log.fatal(shortage);
    return ExitCode.config;
  }
  let backend: Backend;
  try {
    backend = await openBackend(choice, log, stop);
  } catch (error) {
    return stop.aborted ? ExitCode.ok : refuseToStart(error, log);
  }
  let server: FileSocketServer;
  try {
    server = await createFileSocketServer({
      dir,
      limits: { pixels: limits.pixels },
      render: createRenderHandler(backend, limits),
      onEvent: ({ type, level, message, fields }) =>
        log[level](fields, type === "refused" ? `refused: ${message}` : message),
    });
  } catch (error) {
    await backend.close();
    return refuseToStart(error, log);
  }
  announce(server, log);
  if (!stop.aborted) await once(stop, "abort");
  log.info(`${stop.reason}: finishing requests in progress`);
  await server.close();
  await backend.close();
  log.info("stopped");
  return ExitCode.ok;
}

function announce({ dir, limits }: FileSocketServer, log: Logger): void {
  const paths = { command: join(dir, "cmd.json"), reply: join(dir, "out.raw"), spool: join(dir, "v1") };
  log.info(
    { dir, ...paths, limits },
    `serving ${paths.command} → ${paths.reply}, and ${paths.spool} for many clients`,
  );
}

function refuseToStart(error: unknown, log: Logger): number {
  const isExpected =
    error instanceof FileSocketError ||
    error instanceof RasterError ||
    (error instanceof Error && "syscall" in error);
  if (!isExpected) throw error;
  log.fatal({ err: error }, error.message);
  const isLocked = error instanceof FileSocketError && error.code === "FSOCK_LOCKED";
  return isLocked || isShortage(error) ? ExitCode.temporary : ExitCode.config;
}
