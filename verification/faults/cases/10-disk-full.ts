import { mountWrapper } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startNode } from "../harness/servers.ts";

interface DiskReport {
  /** True if the server keeps `minFreeBytes` free. */
  readonly guard: boolean;
  readonly type: string;
  readonly phase?: "room" | "full" | "room again";
  readonly status?: string;
  readonly isShort?: boolean;
  /** True if the file that was in the slot still exists with the same bytes. */
  readonly kept?: boolean;
  /** Free bytes on the disk. */
  readonly free?: number;
  readonly exit?: number | string;
}

/** Size of one reply. */
const REPLY_BYTES = 65_536;

export const diskFull = defineCase<DiskReport>({
  number: 10,
  fault: "the disk is full",
  required:
    "the server keeps the old file, answers `busy` and recovers: guard off, 0 short files of 200; guard on, `busy` before the disk is full",
  async run(context) {
    const wrapper = mountWrapper();
    for (const guard of [false, true]) {
      const argument = JSON.stringify({ dir: context.newSocketPath(), guard, count: context.count(100, 6) });
      const disk = startNode(context, harnessPath("small-disk.ts"), [argument], { wrapper });
      await disk.waitForMessage("ended");
      await disk.exited;
      for (const message of disk.messages) context.record({ ...(message as unknown as DiskReport), guard });
    }
  },
  evaluate(observations) {
    const renders = observations.filter((one) => one.type === "render");
    const isAll = (phase: string, status: string): boolean => {
      const found = renders.filter((one) => one.phase === phase);
      return found.length > 0 && found.every((one) => one.status === status);
    };
    const short = renders.filter((one) => one.isShort).length;
    const full = (guard: boolean): DiskReport[] =>
      renders.filter((one) => one.guard === guard && one.phase === "full");
    const kept = observations.filter((one) => one.type === "kept");
    const guarded = kept.find((one) => one.guard);
    const ends = observations.filter((one) => one.type === "ended");
    return {
      summary: `${short} short files; ${full(false).length} renders on a full disk and ${full(true).length} on a guarded disk all \`busy\`, with ${Math.round((guarded?.free ?? 0) / 1024)} KiB left on the latter; all ${renders.length - full(false).length - full(true).length} before and after \`ok\``,
      isMet:
        short === 0 &&
        isAll("room", "ok") &&
        isAll("full", "busy") &&
        isAll("room again", "ok") &&
        kept.length === 2 &&
        kept.every((one) => one.kept) &&
        (guarded?.free ?? 0) > REPLY_BYTES &&
        ends.length === 2 &&
        ends.every((one) => one.exit === 0),
    };
  },
});
