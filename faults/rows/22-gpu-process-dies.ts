import { setTimeout as sleep } from "node:timers/promises";
import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import { createProcessRasterizer } from "@gvpie/raster-webgpu/process";
import { randomProgram } from "@gvpie/raster/conformance";
import { until } from "../../packages/file-socket/test/kit/until.ts";
import { gpuDriverEnvironment } from "../kit/gpu-driver.ts";
import { grouped, sum } from "../kit/numbers.ts";
import { defineRow } from "../row.ts";

interface Kill {
  readonly signal: string;
  /** Frames that were being drawn as it came. */
  readonly inHand: number;
}

interface Frames {
  readonly webgpu: number;
  readonly cpu: number;
  /** Frames that differ from those of the CPU. */
  readonly wrong: number;
  /** Renders that ended without a frame. */
  readonly lost: number;
}

const CLIENTS = 4;
/** As the driver aborts, as memory runs out, and as it crashes. */
const SIGNALS = ["SIGABRT", "SIGKILL", "SIGSEGV"] as const;

export const gpuProcessDies = defineRow<Kill | Frames>({
  number: 22,
  fault: "the GPU process aborts in the middle of a render",
  required: "the CPU takes over with the same bytes: 20 kills, 0 lost",
  async run(rig) {
    Object.assign(process.env, gpuDriverEnvironment());
    const rasterizer = await createProcessRasterizer({ cpu: createCpuRasterizer(), restartDelayMs: () => 0 });
    rig.defer(() => rasterizer.close());
    const frames = { webgpu: 0, cpu: 0, wrong: 0, lost: 0 };
    const over = new AbortController();
    let inHand = 0;
    const client = async (first: number): Promise<void> => {
      for (let seed = first; !over.signal.aborted; seed += CLIENTS) {
        const { source, ...options } = randomProgram(seed, { sides: [64, 500, 1000] });
        inHand++;
        const frame = await rasterizer.render(source, options).catch(() => undefined);
        inHand--;
        if (frame === undefined) frames.lost++;
        else {
          const expected = renderProgram(source, options).data;
          frames.wrong += Number(
            Buffer.compare(Buffer.from(expected.buffer), Buffer.from(frame.data.buffer)) !== 0,
          );
          frames[frame.info.backend]++;
        }
        // The CPU renders at once; the others must have their turn.
        await sleep(frame?.info.backend === "cpu" ? 5 : 0);
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, first) => client(first));
    let last: number | undefined;
    const kills = rig.count(20, 3);
    for (let kill = 0; kill < kills; kill++) {
      const drawn = frames.webgpu;
      await until(
        () => rasterizer.pid !== undefined && rasterizer.pid !== last && frames.webgpu > drawn,
        120_000,
      );
      await sleep(7 * kill);
      await until(() => inHand > 0);
      last = rasterizer.pid;
      if (last === undefined) continue;
      const signal = SIGNALS[kill % SIGNALS.length] ?? "SIGKILL";
      rig.see({ signal, inHand });
      process.kill(last, signal);
      const replaced = frames.cpu;
      await until(() => frames.cpu > replaced, 120_000);
    }
    over.abort();
    await Promise.all(clients);
    rig.see(frames);
  },
  figure(seen, isFull) {
    const kills = seen.filter((one) => "signal" in one);
    const frames = seen.filter((one) => "lost" in one);
    const [webgpu, cpu, wrong, lost] = (["webgpu", "cpu", "wrong", "lost"] as const).map((what) =>
      sum(frames.map((one) => one[what])),
    ) as [number, number, number, number];
    return {
      text: `${kills.length} kills with ${sum(kills.map((kill) => kill.inHand))} frames in hand: ${lost} lost, ${wrong} wrong; ${grouped(webgpu)} frames by the adapter, ${grouped(cpu)} by the CPU`,
      isReached: kills.length >= (isFull ? 20 : 1) && lost + wrong === 0 && webgpu > 0 && cpu > 0,
    };
  },
});
