// Makes the thread of the page die, a second after it serves: at its first start it is ended, at its second one it runs out of
// memory, and so on, DEATHS times. Loaded before the loop.
import { syncBuiltinESMExports } from "node:module";
import workers, { isMainThread, type WorkerOptions } from "node:worker_threads";

const { Worker } = workers;
const HUNGRY = new URL("hungry-page-thread.ts", import.meta.url);
const ALIVE_MS = 1_000;
let left = Number(process.env["DEATHS"]);
let starts = 0;

class DyingWorker extends Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    const isDying = options.name === "gvpie-http" && left > 0;
    const isHungry = isDying && ++starts % 2 === 0;
    super(isHungry ? HUNGRY : file, options);
    if (isDying) left--;
    if (!isDying || isHungry) return;
    this.on("message", ({ type }: { readonly type?: string }) => {
      if (type === "listening") setTimeout(() => void this.terminate(), ALIVE_MS);
    });
  }
}

if (isMainThread) {
  Object.assign(workers, { Worker: DyingWorker });
  syncBuiltinESMExports();
}
