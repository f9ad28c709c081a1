import { setTimeout as sleep } from "node:timers/promises";
import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import { createProcessRasterizer } from "@gvpie/raster-webgpu/process";
import { randomProgram } from "@gvpie/raster/conformance";
import { formatCount, sum, waitUntil } from "@gvpie/testing";
import { gpuEnvironment } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";

interface Kill {
  readonly signal: string;
  /** Frames that were being rendered at that moment. */
  readonly inProgress: number;
}

interface Frames {
  readonly webgpu: number;
  readonly cpu: number;
  /** Frames that differ from the CPU's. */
  readonly wrong: number;
  /** Renders without a frame. */
  readonly lost: number;
}

const CLIENTS = 4;
/** The signals of a driver that aborts, of a lack of memory, and of a crash. */
const SIGNALS = ["SIGABRT", "SIGKILL", "SIGSEGV"] as const;

export const gpuProcessDies = defineCase<Kill | Frames>({
  number: 22,
  fault: "the GPU process aborts during a render",
  required: "the CPU takes over with the same bytes: 20 kills, 0 lost",
  async run(context) {
    Object.assign(process.env, gpuEnvironment());
    const rasterizer = await createProcessRasterizer({ cpu: createCpuRasterizer(), restartDelayMs: () => 0 });
    context.defer(() => rasterizer.close());
    const frames = { webgpu: 0, cpu: 0, wrong: 0, lost: 0 };
    const stop = new AbortController();
    let inProgress = 0;
    const client = async (first: number): Promise<void> => {
      for (let seed = first; !stop.signal.aborted; seed += CLIENTS) {
        const { source, ...options } = randomProgram(seed, { sides: [64, 500, 1000] });
        inProgress++;
        const frame = await rasterizer.render(source, options).catch(() => undefined);
        inProgress--;
        if (frame === undefined) {
          frames.lost++;
        } else {
          const expected = renderProgram(source, options).data;
          frames.wrong += Number(
            Buffer.compare(Buffer.from(expected.buffer), Buffer.from(frame.data.buffer)) !== 0,
          );
          frames[frame.info.backend]++;
        }
        // The CPU renders synchronously: leaves time for the other clients.
        await sleep(frame?.info.backend === "cpu" ? 5 : 0);
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, first) => client(first));
    let last: number | undefined;
    const kills = context.count(20, 3);
    for (let kill = 0; kill < kills; kill++) {
      const rendered = frames.webgpu;
      await waitUntil(
        () => rasterizer.pid !== undefined && rasterizer.pid !== last && frames.webgpu > rendered,
        { timeoutMs: 120_000 },
      );
      await sleep(7 * kill);
      await waitUntil(() => inProgress > 0);
      last = rasterizer.pid;
      if (last === undefined) continue;
      const signal = SIGNALS[kill % SIGNALS.length] ?? "SIGKILL";
      context.record({ signal, inProgress });
      process.kill(last, signal);
      const replaced = frames.cpu;
      await waitUntil(() => frames.cpu > replaced, { timeoutMs: 120_000 });
    }
    stop.abort();
    await Promise.all(clients);
    context.record(frames);
  },
  evaluate(observations, isFull) {
    const kills = observations.filter((one) => "signal" in one);
    const frames = observations.filter((one) => "lost" in one);
    const [webgpu, cpu, wrong, lost] = (["webgpu", "cpu", "wrong", "lost"] as const).map((field) =>
      sum(frames.map((one) => one[field])),
    ) as [number, number, number, number];
    return {
      summary: `${kills.length} kills with ${sum(kills.map((kill) => kill.inProgress))} frames in progress: ${lost} lost, ${wrong} wrong; ${formatCount(webgpu)} frames from the adapter, ${formatCount(cpu)} from the CPU`,
      isMet: kills.length >= (isFull ? 20 : 1) && lost + wrong === 0 && webgpu > 0 && cpu > 0,
    };
  },
});
