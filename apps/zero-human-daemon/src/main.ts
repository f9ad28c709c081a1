import {
  createCartridgeRunner,
  createDaemon,
  createGvpieRunner,
  createPixelRunner,
  createPythonRunner,
  type Daemon,
} from "@gvpie/daemon";
import { openStore, StoreError, type ScriptStore } from "@gvpie/daemon/store";
import { createFileSocketClient } from "@gvpie/file-socket";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { availableParallelism } from "node:os";
import type { Logger } from "pino";
import { readConfig, type Config } from "./config.ts";
import { createLog } from "./log.ts";
import { formatRun } from "./run-line.ts";

const DONE = 0;
const FAILED = 1;
/** Another process holds the database: EX_TEMPFAIL of sysexits.h. */
const OCCUPIED = 75;
/** The database cannot be used: EX_CONFIG of sysexits.h. */
const MISCONFIGURED = 78;

const config = readConfig(process.argv.slice(2));
// A render that nobody waits for any longer may still hold a thread.
process.exit(typeof config === "number" ? config : await start(config));

async function start(config: Config): Promise<number> {
  const log = createLog(config.log);
  const stop = stopSignal();
  let store: ScriptStore;
  try {
    store = await openStore({ path: config.db, writable: true });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return refuse(error, log);
  }
  const rasterizer = createWorkerRasterizer({
    threads: Math.min(config.concurrency, availableParallelism()),
  });
  const client = createFileSocketClient({ dir: config.dir });
  const { cartridges, save, intervalMs, concurrency, python } = config;
  const daemon = createDaemon({
    store,
    runners: {
      pixel: createPixelRunner({ rasterizer }),
      gvpie: createGvpieRunner({ client }),
      cartridge: createCartridgeRunner({ rasterizer }),
      ...(python && { python: createPythonRunner({ rasterizer }) }),
    },
    cartridges,
    save,
    intervalMs,
    concurrency,
    onRun: (run) => process.stdout.write(`${formatRun(run, config.log.format)}\n`),
    onEvent: ({ level, message, fields }) => log[level](fields, message),
  });
  // Runs are recorded in the database: a reader of stdout that went away loses only the lines.
  process.stdout.on("error", () => {});
  log.info(
    { db: store.path, cartridges, dir: config.dir },
    `running the scripts of ${config.db}, cartridges in ${cartridges}, renderer at ${config.dir}`,
  );
  try {
    return await (config.once ? runOnce(daemon, stop, log) : run(daemon, stop, log));
  } finally {
    await daemon.close();
    await client.close();
    await store.close();
  }
}

async function run(daemon: Daemon, stop: AbortSignal, log: Logger): Promise<number> {
  stop.addEventListener("abort", () => log.info(`${stop.reason}: finishing the runs in hand`));
  await daemon.run({ signal: stop });
  log.info("stopped");
  return DONE;
}

async function runOnce(daemon: Daemon, stop: AbortSignal, log: Logger): Promise<number> {
  stop.addEventListener("abort", () => {
    log.info(`${stop.reason}: finishing the runs in hand`);
    void daemon.close();
  });
  try {
    const runs = await daemon.runOnce();
    if (runs.length === 0) log.warn("no script is enabled");
    return runs.every(({ success }) => success) ? DONE : FAILED;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return refuse(error, log);
  }
}

function refuse(error: StoreError, log: Logger): number {
  log.fatal({ code: error.code }, error.message);
  return error.code === "STORE_LOCKED" ? OCCUPIED : MISCONFIGURED;
}

/** Aborted by the first signal, with its name. Later ones change nothing: a terminal and a parent often both send one. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => controller.abort(name);
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
