import { mountWrapper } from "../kit/abilities.ts";
import { faultKitPath, startNode } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Told {
  readonly guard: boolean;
  readonly type: string;
  readonly phase?: "room" | "full" | "room again";
  readonly status?: string;
  readonly isShort?: boolean;
  /** Whether the file that was in the slot is still there, with its bytes. */
  readonly kept?: boolean;
  /** Bytes left on the disk. */
  readonly free?: number;
  readonly exit?: number | string;
}

/** A disk with less than this left is full: not one more reply fits. */
const REPLY_BYTES = 65_536;

export const diskFull = defineRow<Told>({
  number: 10,
  fault: "the disk is full",
  required:
    "the old file stays, `busy`, lives, recovers: guard off, 0 short files of 200; guard on, `busy` before the disk is full",
  async run(rig) {
    const wrapper = mountWrapper();
    for (const guard of [false, true]) {
      const argument = JSON.stringify({ dir: rig.newPlace(), guard, count: rig.count(100, 6) });
      const disk = startNode(rig, faultKitPath("small-disk.ts"), [argument], { wrapper });
      await disk.tells("ended");
      await disk.ended;
      for (const line of disk.told) rig.see({ ...(line as unknown as Told), guard });
    }
  },
  figure(seen) {
    const renders = seen.filter((one) => one.type === "render");
    const isAll = (phase: string, status: string): boolean => {
      const found = renders.filter((one) => one.phase === phase);
      return found.length > 0 && found.every((one) => one.status === status);
    };
    const short = renders.filter((one) => one.isShort).length;
    const full = (guard: boolean): Told[] =>
      renders.filter((one) => one.guard === guard && one.phase === "full");
    const kept = seen.filter((one) => one.type === "kept");
    const guarded = kept.find((one) => one.guard);
    const ends = seen.filter((one) => one.type === "ended");
    return {
      text: `${short} short files; ${full(false).length} renders on a full disk and ${full(true).length} on a guarded one all \`busy\`, with ${Math.round((guarded?.free ?? 0) / 1024)} KiB left on the latter; all ${renders.length - full(false).length - full(true).length} before and after \`ok\``,
      isReached:
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
