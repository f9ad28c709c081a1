import { renameSync, truncateSync, writeFileSync } from "node:fs";
import { newId } from "@gvpie/file-socket/internal";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { grouped, mib, most, ms } from "../kit/numbers.ts";
import { peakBytes, residentBytes, resetPeak } from "../kit/proc.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Huge {
  readonly kind: "1 GiB, sparse" | "a million arrays in each other";
  readonly via: "slot" | "spool";
  readonly code: string;
  readonly refusedMs: number;
  /** By which the server's memory grew at most, in bytes. */
  readonly grownBytes: number;
}

const BOUND_MS = 50;
const BOUND_BYTES = 8 * 2 ** 20;
const SPARSE_BYTES = 2 ** 30;
const DEPTH = 1_000_000;

export const hugeRequest = defineRow<Huge>({
  number: 14,
  fault: "a request of 1 GiB, or one nested a million times",
  required: "refused before it is read: 1 GiB takes under 8 MiB of memory and 50 ms",
  async run(rig) {
    const dir = rig.newPlace();
    const server = await startTestServer(rig, dir);
    const pid = server.child.pid ?? Number.NaN;
    const client = new RawClient(dir);
    const user = new SlotUser(dir);
    for (let warm = 0; warm < 50; warm++) await client.reply(client.render(`warm ${warm}`));
    const rounds = rig.count(20, 1);
    for (let round = 0; round < rounds; round++) {
      for (const kind of ["1 GiB, sparse", "a million arrays in each other"] as const) {
        for (const via of ["slot", "spool"] as const) {
          resetPeak(pid);
          const before = residentBytes(pid);
          const id = newId();
          const path = via === "slot" ? user.command : client.requestPath(id);
          // Whole from the first moment: it gets its name when it is complete.
          const { startedAt } = placeHuge(kind, path, client, id);
          const code =
            via === "slot"
              ? String((await user.readError(20_000))["code"])
              : ((await client.reply(id, 20_000)).header.error?.code ?? "none");
          const refusedMs = performance.now() - startedAt;
          rig.see({ kind, via, code, refusedMs, grownBytes: peakBytes(pid) - before });
          if (via === "slot") await clearError(user);
        }
      }
    }
    await server.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const sparse = seen.filter((one) => one.kind === "1 GiB, sparse");
    const nested = seen.filter((one) => one.kind !== "1 GiB, sparse");
    const slowest = most(sparse.map((one) => one.refusedMs));
    const largest = most(sparse.map((one) => one.grownBytes));
    const refused = (of: readonly Huge[], code: string): boolean =>
      of.length > 0 && of.every((one) => one.code === code);
    return {
      text: `${grouped(sparse.length)} files of 1 GiB refused: memory +${mib(largest)}, ${ms(slowest)} at most; ${nested.length} nested ones refused`,
      isReached:
        refused(sparse, "FSOCK_REQUEST_TOO_LARGE") &&
        refused(nested, "FSOCK_BAD_JSON") &&
        (!isFull || (slowest <= BOUND_MS && largest < BOUND_BYTES)),
    };
  },
});

function placeHuge(kind: Huge["kind"], path: string, client: RawClient, id: string): { startedAt: number } {
  const staged = `${client.mailbox}/${id}.staged`;
  if (kind === "1 GiB, sparse") {
    writeFileSync(staged, "");
    truncateSync(staged, SPARSE_BYTES);
  } else writeFileSync(staged, `${"[".repeat(DEPTH)}{}${"]".repeat(DEPTH - 1)}}`);
  const startedAt = performance.now();
  renameSync(staged, path);
  return { startedAt };
}

/** A good command takes the error of the one before away. */
async function clearError(user: SlotUser): Promise<void> {
  user.writeProgram("good");
  await user.read(20_000);
  user.delete();
}
