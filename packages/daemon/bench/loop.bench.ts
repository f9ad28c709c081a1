/**
 * Runs per second of the whole loop, each run with a new cartridge: rendered in this process, and by a renderer in another process
 * through the file socket. Prints one rate for each second.
 *
 *   node --conditions=@gvpie/source packages/daemon/bench/loop.bench.ts [seconds] [concurrency]
 */
import { createDaemon, createGvpieRunner, createPixelRunner, type Runner } from "@gvpie/daemon";
import { openStore, type Lang } from "@gvpie/daemon/store";
import { createFileSocketClient } from "@gvpie/file-socket";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { createTemporaryDirectory, startProcess } from "@gvpie/testing";

const seconds = Number(process.argv[2] ?? 10);
const concurrency = Number(process.argv[3] ?? 16);
const SCRIPTS = 1_000;

using directory = createTemporaryDirectory();
await measure("pixel", createPixelRunner({ rasterizer: createCpuRasterizer() }));
const dir = directory.join("socket");
const nodeArgs = ["--conditions=@gvpie/source", "--input-type=module", "-e", serverSource(dir)];
await using server = startProcess(process.execPath, nodeArgs);
await server.waitForLine("ready");
await using client = createFileSocketClient({ dir });
await measure("gvpie", createGvpieRunner({ client }));

function serverSource(dir: string): string {
  return `import { createFileSocketServer } from "@gvpie/file-socket"; import { renderProgram } from "@gvpie/raster-cpu";
    await createFileSocketServer({ dir: ${JSON.stringify(dir)}, render: ({ code, width, height, background }) =>
      ({ ...renderProgram(code, { width, height, background }), backend: "cpu", adapter: "cpu" }) });
    console.log("ready");`;
}

async function measure(lang: Lang, runner: Runner): Promise<void> {
  const store = await openStore({ path: directory.join(`${lang}.db`) });
  await store.updateScript("hello_gpu", { enabled: false });
  const scripts = Array.from({ length: SCRIPTS }, (_, i) => ({
    name: `s${i}`,
    code: `TXT 10 10 Hello GPU ${i}`,
  }));
  await Promise.all(scripts.map((script) => store.addScript({ ...script, lang })));
  let runs = 0;
  const daemon = createDaemon({
    store,
    cartridges: directory.join(lang),
    save: "always",
    intervalMs: 0,
    concurrency,
    runners: { [lang]: runner },
    onRun: (run) => {
      if (!run.success) throw new Error(run.stderr);
      runs++;
    },
  });
  const done = daemon.run();
  const rates: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const [before, at] = [runs, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    rates.push(Math.round(((runs - before) * 1_000) / (performance.now() - at)));
  }
  await daemon.close();
  await done;
  await store.close();
  console.log(`${lang}: ${rates.join(" ")} runs/s`);
}
