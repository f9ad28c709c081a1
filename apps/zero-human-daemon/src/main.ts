import {
  createLog,
  createServiceNotifier,
  ExitCode,
  isShortage,
  type ServiceNotifier,
  startWatchdog,
  stopSignal,
  tooFewOpenFiles,
  type Watchdog,
  SettingsError,
} from "@gvpie/app-common/daemon";
import type { Reports } from "@gvpie/app-common/http";
import {
  createCartridgeRunner,
  createDaemon,
  createGvpieRunner,
  createPixelRunner,
  createPythonRunner,
  type Daemon,
  RunError,
  type Runner,
} from "@gvpie/daemon";
import { openStore, StoreError, type MigrationCopy, type ScriptStore } from "@gvpie/daemon/store";
import { createFileSocketClient } from "@gvpie/file-socket";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import { openCapabilities, type OpenCapabilities } from "./capabilities.ts";
import { readConfig, type Config } from "./config.ts";
import { createNotifications, statusLine, type Notifications } from "./notify/index.ts";
import { Metrics } from "./metrics.ts";
import { openReports } from "./reports.ts";
import { formatRun } from "./run-line.ts";

/** Seconds that a migration of a large database may take. */
const MAX_OPEN_SECONDS = 600;

const config = readConfig(process.argv.slice(2));
// An abandoned render may still occupy a thread.
process.exit(typeof config === "number" ? config : await start(config));

async function start(config: Config): Promise<number> {
  const log = createLog(config.log);
  const stop = stopSignal();
  const service = createServiceNotifier(log);
  const shortage = tooFewOpenFiles();
  if (shortage !== undefined) {
    log.fatal(shortage);
    return ExitCode.config;
  }
  const metrics = config.http || config.metricsFile ? new Metrics() : undefined;
  let reports: Reports | undefined;
  const watchdog = startWatchdog(config.log);
  let store: ScriptStore;
  let capabilities: OpenCapabilities | undefined;
  let cartridge: Runner;
  let notifications: Notifications;
  const rasterizer = createWorkerRasterizer({
    threads: Math.min(config.concurrency, availableParallelism()),
  });
  try {
    if (!config.create) requireDirectory(config.cartridges);
    cartridge = createCartridgeRunner({ rasterizer, root: config.cartridgeRoot });
    capabilities = await openCapabilities(config.capabilities, config.dir, log);
    notifications = await createNotifications(config.notify, { db: config.db, version: config.version, log });
    watchdog.note(`opening ${config.db}`, MAX_OPEN_SECONDS);
    const onCopy = ({ path, doneBytes, totalBytes }: MigrationCopy): void => {
      if (doneBytes === totalBytes) log.info(`the database as it was before the migration is now ${path}`);
    };
    store = noted(
      await openStore({ path: config.db, create: config.create, writable: true, onCopy }),
      watchdog,
      metrics,
    );
  } catch (error) {
    capabilities?.close();
    if (error instanceof SettingsError || error instanceof RunError) {
      log.fatal(error.message);
      return ExitCode.config;
    }
    if (!(error instanceof StoreError)) throw error;
    return refuse(error, log);
  }
  const client = createFileSocketClient({ dir: config.dir });
  const { cartridges, dir, version, save, intervalMs, concurrency, langConcurrency, python } = config;
  const daemon = createDaemon({
    store,
    runners: {
      pixel: createPixelRunner({ rasterizer }),
      gvpie: createGvpieRunner({ client }),
      cartridge,
      ...(python && { python: createPythonRunner({ rasterizer }) }),
    },
    capabilities: capabilities?.runs,
    cartridges,
    create: config.create,
    dir,
    version,
    save,
    intervalMs,
    concurrency,
    langConcurrency,
    onRun: (run) => {
      metrics?.countRun(run);
      if (config.log.level === "silent") return;
      process.stdout.write(`${formatRun(run, config.log.format, Date.now())}\n`);
    },
    keepRuns: config.keepRuns,
    keepCartridges: config.keepCartridges,
    maxOutputBytes: config.maxOutputBytes,
    onEvent: ({ level, message, fields }) => log[level](fields, message),
    onAudit: capabilities?.onAudit,
    onCondition: (change) => {
      notifications.onCondition(change);
      service.status(() => statusLine(daemon.status().conditions));
    },
  });
  // Runs are recorded in the database, so the daemon goes on when stdout is closed or full.
  let isComplete = true;
  process.stdout.once("error", (error) => log.warn(`cannot write to stdout: ${error.message}`));
  process.stdout.on("error", () => (isComplete = false));
  log.info(
    { db: store.path, cartridges, dir: config.dir },
    `running the scripts of ${config.db}, cartridges in ${cartridges}, renderer at ${config.dir}`,
  );
  try {
    if (metrics) reports = await openReports(config, daemon, metrics, log);
    if (!config.once) return await run(daemon, stop, log, service, notifications);
    const code = await runOnce(daemon, stop, log);
    // The error of the last write is reported in a later turn.
    await nextTurn();
    const result = isComplete ? code : code || ExitCode.failed;
    await notifications.finish(result === ExitCode.ok);
    return result;
  } catch (error) {
    if (error instanceof SettingsError) return refuseSettings(error, log);
    if (!(error instanceof StoreError)) throw error;
    return refuse(error, log);
  } finally {
    await reports?.close();
    await daemon.close();
    await client.close();
    await store.close();
    capabilities?.close();
    await notifications.close();
    await service.close();
  }
}

/** @throws {SettingsError} if there is no directory at the path. */
function requireDirectory(path: string): void {
  let found: string;
  try {
    if (statSync(path).isDirectory()) return;
    found = "another kind of file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    found = code === "ENOENT" ? "nothing" : String(code);
  }
  const remedy = "mount its volume, create it, or start without --no-create";
  throw new SettingsError(`expected a directory for cartridges at ${path}, got ${found}: ${remedy}`);
}

/** Returns the store, whose calls are noted by the watchdog. */
function noted(store: ScriptStore, watchdog: Watchdog, metrics: Metrics | undefined): ScriptStore {
  watchdog.note("running scripts");
  return new Proxy(store, {
    get(target, name: keyof ScriptStore & string) {
      const member: unknown = target[name];
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        watchdog.note(`the database ${target.path}, after the call of ${name}`);
        if (metrics === undefined) return Reflect.apply(member, target, args);
        const startedAt = performance.now();
        const result: unknown = Reflect.apply(member, target, args);
        metrics.countCall(name, result, startedAt);
        return result;
      };
    },
  });
}

async function run(
  daemon: Daemon,
  stop: AbortSignal,
  log: Logger,
  service: ServiceNotifier,
  notifications: Notifications,
): Promise<number> {
  stop.addEventListener("abort", () => {
    log.info(`${stop.reason}: finishing the runs in progress`);
    service.stopping();
  });
  const running = daemon.run({ signal: stop });
  service.status(() => statusLine(daemon.status().conditions));
  service.ready();
  notifications.start();
  await running;
  log.info("stopped");
  return ExitCode.ok;
}

async function runOnce(daemon: Daemon, stop: AbortSignal, log: Logger): Promise<number> {
  stop.addEventListener("abort", () => {
    log.info(`${stop.reason}: finishing the runs in progress`);
    void daemon.close();
  });
  const runs = await daemon.runOnce();
  if (runs.length === 0) log.warn("no script is enabled");
  return runs.every(({ success }) => success) ? ExitCode.ok : ExitCode.failed;
}

function refuseSettings(error: SettingsError, log: Logger): number {
  log.fatal(error.message);
  return isShortage(error) ? ExitCode.temporary : ExitCode.config;
}

function refuse(error: StoreError, log: Logger): number {
  log.fatal({ code: error.code }, error.message);
  return error.code === "STORE_LOCKED" || isShortage(error) ? ExitCode.temporary : ExitCode.config;
}
