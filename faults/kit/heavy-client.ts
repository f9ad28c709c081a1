// Sends the heaviest programs that the default limits allow, and some beyond them, one after the other, and tells of each.
// Argument: the directory. Ends on SIGTERM.
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";

const dir = process.argv[2] ?? "";
const FULL = { width: 4096, height: 4096 };

const PROGRAMS: readonly { kind: string; code: string; size?: typeof FULL }[] = [
  { kind: "2^30 painted pixels", code: "RECT 0 0 4096 4096\n".repeat(64), size: FULL },
  { kind: "more painted pixels than allowed", code: "RECT 0 0 4096 4096\n".repeat(65), size: FULL },
  { kind: "1,000,000 instructions", code: "RECT 0 0 1 1\n".repeat(1_000_000) },
  { kind: "4,000,000 glyphs", code: `TXT 0 0 ${"a".repeat(1_000)}\n`.repeat(4_000) },
  { kind: "a loop without an end", code: "again:\nRECT 0 0 1 1\nJMP again\n" },
];

const over = new AbortController();
process.once("SIGTERM", () => over.abort());
const client = createFileSocketClient({ dir });
process.stdout.write(`${JSON.stringify({ type: "sending" })}\n`);
for (let number = 0; !over.signal.aborted; number++) {
  const { kind, code, size } = PROGRAMS[number % PROGRAMS.length] ?? { kind: "", code: "" };
  const startedAt = performance.now();
  const outcome = await client.render(code, { ...size, timeoutMs: 30_000 }).then(
    () => "ok",
    (error: unknown) => (error instanceof FileSocketError ? (error.replyCode ?? error.code) : String(error)),
  );
  const tookMs = Math.round(performance.now() - startedAt);
  process.stdout.write(`${JSON.stringify({ type: "heavy", kind, outcome, tookMs })}\n`);
}
await client.close();
