import { createFileSocketServer, FileSocketError, type FileSocketServer } from "@gvpie/file-socket";
import { RasterError } from "@gvpie/raster";
import { join } from "node:path";
import type { Logger } from "pino";
import { openBackend, type Backend } from "./backend.ts";
import { readConfig, type Config } from "./config.ts";
import { createLog } from "./log.ts";
import { createRenderHandler } from "./render-handler.ts";

const DONE = 0;
/** Another server holds the directory: EX_TEMPFAIL of sysexits.h. */
const OCCUPIED = 75;
/** The directory or backend cannot be used: EX_CONFIG of sysexits.h. */
const MISCONFIGURED = 78;

const config = readConfig(process.argv.slice(2));
process.exitCode = typeof config === "number" ? config : await serve(config);

async function serve({ dir, limits, log: logOptions, ...choice }: Config): Promise<number> {
  const log = createLog(logOptions);
  const stopped = new AbortController();
  const stopAsked = untilStopAsked().finally(() => stopped.abort());
  let backend: Backend;
  try {
    backend = await openBackend(choice, log, stopped.signal);
  } catch (error) {
    return stopped.signal.aborted ? DONE : refuseToStart(error, log);
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
  log.info(`${await stopAsked}: finishing what is in hand`);
  await server.close();
  await backend.close();
  log.info("stopped");
  return DONE;
}

/** What a person who starts it wants to know, and the same as fields. */
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
  return error instanceof FileSocketError && error.code === "FSOCK_LOCKED" ? OCCUPIED : MISCONFIGURED;
}

/** The first signal's name. Later ones change nothing: a terminal and a parent often both send one. */
function untilStopAsked(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on("SIGINT", resolve);
    process.on("SIGTERM", resolve);
  });
}
