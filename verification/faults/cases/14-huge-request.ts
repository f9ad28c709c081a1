import { renameSync, truncateSync, writeFileSync } from "node:fs";
import { newId } from "@gvpie/file-socket/internal";
import { formatCount, formatMib, formatMs, max, peakBytes, resetPeak, residentBytes } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { startTestServer } from "../harness/servers.ts";

interface Huge {
  readonly kind: "1 GiB, sparse" | "a million nested arrays";
  readonly via: "slot" | "spool";
  readonly code: string;
  readonly refusedMs: number;
  /** Growth of the server's peak memory. */
  readonly grownBytes: number;
}

const BOUND_MS = 50;
const BOUND_BYTES = 8 * 2 ** 20;
const SPARSE_BYTES = 2 ** 30;
const DEPTH = 1_000_000;

export const hugeRequest = defineCase<Huge>({
  number: 14,
  fault: "a request of 1 GiB, or one nested a million times",
  required: "the server refuses it before reading it: 1 GiB takes under 8 MiB of memory and 50 ms",
  async run(context) {
    const dir = context.newSocketPath();
    const server = await startTestServer(context, dir);
    const { pid } = server;
    const client = new RawSpoolClient(dir);
    const slot = new OldSlotClient(dir);
    for (let warm = 0; warm < 50; warm++) await client.reply(client.render(`warm ${warm}`));
    const rounds = context.count(20, 1);
    for (let round = 0; round < rounds; round++) {
      for (const kind of ["1 GiB, sparse", "a million nested arrays"] as const) {
        for (const via of ["slot", "spool"] as const) {
          resetPeak(pid);
          const before = residentBytes(pid);
          const id = newId();
          const path = via === "slot" ? slot.command : client.requestPath(id);
          const { startedAt } = moveHugeIntoPlace(kind, path, client, id);
          const code =
            via === "slot"
              ? String((await slot.readError(20_000))["code"])
              : ((await client.reply(id, 20_000)).header.error?.code ?? "none");
          const refusedMs = performance.now() - startedAt;
          context.record({ kind, via, code, refusedMs, grownBytes: peakBytes(pid) - before });
          if (via === "slot") await clearError(slot);
        }
      }
    }
    await server.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const sparse = observations.filter((one) => one.kind === "1 GiB, sparse");
    const nested = observations.filter((one) => one.kind !== "1 GiB, sparse");
    const slowest = max(sparse.map((one) => one.refusedMs));
    const largest = max(sparse.map((one) => one.grownBytes));
    const refused = (of: readonly Huge[], code: string): boolean =>
      of.length > 0 && of.every((one) => one.code === code);
    return {
      summary: `${formatCount(sparse.length)} files of 1 GiB refused: memory +${formatMib(largest)}, ${formatMs(slowest)} at most; ${nested.length} nested ones refused`,
      isMet:
        refused(sparse, "FSOCK_REQUEST_TOO_LARGE") &&
        refused(nested, "FSOCK_BAD_JSON") &&
        (!isFull || (slowest <= BOUND_MS && largest < BOUND_BYTES)),
    };
  },
});

/** Writes the file elsewhere and renames it into place when it is complete. */
function moveHugeIntoPlace(
  kind: Huge["kind"],
  path: string,
  client: RawSpoolClient,
  id: string,
): { startedAt: number } {
  const staged = `${client.replyDirectory}/${id}.staged`;
  if (kind === "1 GiB, sparse") {
    writeFileSync(staged, "");
    truncateSync(staged, SPARSE_BYTES);
  } else {
    writeFileSync(staged, `${"[".repeat(DEPTH)}{}${"]".repeat(DEPTH - 1)}}`);
  }
  const startedAt = performance.now();
  renameSync(staged, path);
  return { startedAt };
}

/** Renders a good program, before which the server removes the last error. */
async function clearError(slot: OldSlotClient): Promise<void> {
  slot.writeProgram("good");
  await slot.read(20_000);
  slot.delete();
}
