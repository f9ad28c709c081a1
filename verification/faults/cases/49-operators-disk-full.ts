import { sum } from "@gvpie/testing";
import { mountWrapper } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startNode } from "../harness/servers.ts";

interface DiskReport {
  readonly type: string;
  /** `full` for an error that says that the disk is full, `ok`, or the unexpected error. */
  readonly backup?: string;
  readonly prune?: string;
  /** Files that the commands left. */
  readonly left?: readonly string[];
  /** Old runs that are still there. */
  readonly old?: number;
  readonly exit?: number | string;
  readonly reported?: number;
  readonly lost?: number;
  readonly miscounted?: number;
  readonly unsound?: readonly string[];
}

export const operatorsDiskFull = defineCase<DiskReport>({
  number: 49,
  fault: "the disk of the database is full while runs are pruned and a backup is written to it",
  required:
    "the backup says so and leaves no file, pruning says so or succeeds, the loop goes on once there is room and loses no run: 10 times, 0 lost",
  async run(context) {
    const argument = JSON.stringify({ dir: context.newSocketPath(), count: context.count(10, 1) });
    const wrapper = mountWrapper();
    const disk = startNode(context, harnessPath("full-operator-disk.ts"), [argument], { wrapper });
    await disk.waitForMessage("ended");
    await disk.exited;
    for (const message of disk.messages) context.record(message as unknown as DiskReport);
  },
  evaluate(observations) {
    const full = observations.filter(({ type }) => type === "full");
    const later = observations.filter(({ type }) => type === "room again");
    const end = observations.find(({ type }) => type === "ended");
    const refused = full.filter(({ backup }) => backup === "full").length;
    const clear = full.filter(({ prune }) => prune === "full" || prune === "ok").length;
    const left = sum(full.map((one) => one.left?.length ?? 0));
    const isRecovered = later.every(
      ({ prune, old, backup }) => prune === "ok" && old === 0 && backup === "ok",
    );
    const unexpected = [...full, ...later]
      .flatMap(({ backup, prune }) => [backup, prune])
      .find((one) => one !== "ok" && one !== "full");
    return {
      summary: [
        `${refused} of ${full.length} backups and ${full.filter(({ prune }) => prune === "full").length} prunes refused as the disk was full, ${left} files left`,
        `${end?.reported} runs of the loop, ${end?.lost} lost, ${end?.miscounted} miscounted`,
        ...(unexpected === undefined ? [] : [`unexpected: ${unexpected}`]),
      ].join("; "),
      isMet:
        full.length > 0 &&
        refused === full.length &&
        clear === full.length &&
        left === 0 &&
        isRecovered &&
        end?.exit === 0 &&
        end.lost === 0 &&
        end.miscounted === 0 &&
        end.unsound?.length === 0,
    };
  },
});
