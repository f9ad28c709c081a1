import { createFileSocketClient } from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";

// Renders through the spool, one request after another, and checks every reply. Argument: {"dir", "count"}.
const { dir, count } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; count: number };
await using client = createFileSocketClient({ dir });
let right = 0;
for (let number = 0; number < count; number++) {
  const request = { code: `!sleep 3\n${number}`, width: 1 + (number % 90), height: 20 };
  const { code, ...size } = request;
  const { data } = await client.render(code, { ...size, timeoutMs: 60_000 });
  right += Number(pattern(request).data.equals(Buffer.from(data)));
}
process.stdout.write(`${JSON.stringify({ type: "done", right })}\n`);
