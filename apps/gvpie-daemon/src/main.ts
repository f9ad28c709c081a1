import { adapterLabel, readVersion } from "@gvpie/app-common";
import {
  createLog,
  createServiceNotifier,
  ExitCode,
  isShortage,
  stopSignal,
  tooFewOpenFiles,
  SettingsError,
} from "@gvpie/app-common/daemon";
import {
  createFileSocketServer,
  FileSocketError,
  type FileSocketServer,
  type ServerAbout,
} from "@gvpie/file-socket";
import { RasterError } from "@gvpie/raster";
import { once } from "node:events";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Reports } from "@gvpie/app-common/http";
import { openBackend, type Backend } from "./backend.ts";
import type { OpenCapabilities } from "./capabilities.ts";
import { readConfig, type Config } from "./config.ts";
import { Metrics } from "./metrics.ts";
import { createRenderHandler } from "./render-handler.ts";

const config = readConfig(process.argv.slice(2));
process.exitCode = typeof config === "number" ? config : await serve(config);

async function serve({
  dir,
  limits,
  log: logOptions,
  capabilities: settings,
  http,
  metricsFile,
  ...choice
}: Config): Promise<number> {
  const log = createLog(logOptions);
  const stop = stopSignal();
  const service = createServiceNotifier(log);
  const shortage = tooFewOpenFiles();
  if (shortage !== undefined) {
    log.fatal(shortage);
    return ExitCode.config;
  }
  let capabilities: OpenCapabilities | undefined;
  let backend: Backend;
  try {
    capabilities = await open(settings, dir, log);
    backend = await openBackend(choice, log, stop);
  } catch (error) {
    capabilities?.close();
    return stop.aborted ? ExitCode.ok : refuseToStart(error, log);
  }
  // Without them, nothing is measured.
  const metrics = http || metricsFile ? new Metrics() : undefined;
  let server: FileSocketServer | undefined;
  let reports: Reports | undefined;
  try {
    const render = createRenderHandler(backend, limits);
    server = await createFileSocketServer({
      dir,
      limits: { pixels: limits.pixels },
      render: metrics?.measured(render) ?? render,
      capabilities: capabilities?.server,
      about: describe(backend),
      onEvent: (event) => {
        const { type, level, message, fields } = event;
        metrics?.count(event);
        log[level](fields, type === "refused" ? `refused: ${message}` : message);
      },
    });
    if (metrics) reports = await openReports(server, backend, metrics, { http, metricsFile }, log);
  } catch (error) {
    await server?.close();
    await backend.close();
    capabilities?.close();
    return refuseToStart(error, log);
  }
  announce(server, log);
  service.status(() => `serving ${server.dir}`);
  service.ready();
  if (!stop.aborted) await once(stop, "abort");
  log.info(`${stop.reason}: finishing requests in progress`);
  service.stopping();
  await reports?.close();
  await server.close();
  await backend.close();
  capabilities?.close();
  await service.close();
  log.info("stopped");
  return ExitCode.ok;
}

async function open(
  { mode, ...files }: Config["capabilities"],
  dir: string,
  log: Logger,
): Promise<OpenCapabilities | undefined> {
  if (mode !== "off") {
    // Imported on demand: without capabilities, the daemon loads no code for them.
    const { openCapabilities } = await import("./capabilities.ts");
    return openCapabilities({ mode, ...files }, dir, log);
  }
  if (Object.values(files).some((file) => file !== undefined && file.length > 0)) {
    log.warn("the files of capabilities have no effect: with --capabilities off every client is served");
  }
  return undefined;
}

/** Starts what `--http` and `--metrics-file` ask for. */
async function openReports(
  server: FileSocketServer,
  backend: Backend,
  metrics: Metrics,
  settings: Pick<Config, "http" | "metricsFile">,
  log: Logger,
): Promise<Reports> {
  // Imported on demand: without them, the daemon loads no code for HTTP.
  const http = await import("@gvpie/app-common/http");
  const version = readVersion(import.meta.dirname);
  return http.openReports({
    ...settings,
    module: http.threadModule("http-thread", import.meta.url),
    health: () => ({ isHealthy: server.load().isServing }),
    metrics: () => metrics.families(server, backend, version),
    log: (level, message) => log[level](message),
  });
}

/** Returns the function that describes this server to operators. */
function describe(backend: Backend): () => ServerAbout {
  const facts = {
    version: readVersion(import.meta.dirname),
    host: hostname(),
    startedAt: new Date(performance.timeOrigin).toISOString(),
  };
  return () => ({ ...facts, backend: backend.info.backend, adapter: adapterLabel(backend.info) });
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
    error instanceof SettingsError ||
    (error instanceof Error && "syscall" in error);
  if (!isExpected) throw error;
  log.fatal({ err: error }, error.message);
  const isLocked = error instanceof FileSocketError && error.code === "FSOCK_LOCKED";
  return isLocked || isShortage(error) ? ExitCode.temporary : ExitCode.config;
}
