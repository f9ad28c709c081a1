// Sends the heaviest programs that the default limits allow, and some that exceed them, one after the other, until
// SIGTERM. Reports each outcome. Argument: the directory.
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { report } from "./report-line.ts";

const dir = process.argv[2] ?? "";
const FULL = { width: 4096, height: 4096 };

const PROGRAMS: readonly { kind: string; code: string; size?: typeof FULL }[] = [
  { kind: "2^30 painted pixels", code: "RECT 0 0 4096 4096\n".repeat(64), size: FULL },
  { kind: "more painted pixels than allowed", code: "RECT 0 0 4096 4096\n".repeat(65), size: FULL },
  { kind: "1,000,000 instructions", code: "RECT 0 0 1 1\n".repeat(1_000_000) },
  { kind: "4,000,000 glyphs", code: `TXT 0 0 ${"a".repeat(1_000)}\n`.repeat(4_000) },
  { kind: "an endless loop", code: "again:\nRECT 0 0 1 1\nJMP again\n" },
];

const over = new AbortController();
process.once("SIGTERM", () => over.abort());
const client = createFileSocketClient({ dir });
report({ type: "sending" });
for (let number = 0; !over.signal.aborted; number++) {
  const { kind, code, size } = PROGRAMS[number % PROGRAMS.length] ?? { kind: "", code: "" };
  const startedAt = performance.now();
  const outcome = await client.render(code, { ...size, timeoutMs: 30_000 }).then(
    () => "ok",
    (error: unknown) => (error instanceof FileSocketError ? (error.replyCode ?? error.code) : String(error)),
  );
  report({ type: "heavy", kind, outcome, tookMs: Math.round(performance.now() - startedAt) });
}
await client.close();
