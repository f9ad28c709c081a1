// A client that repeats every operation of a client until it is killed. Argument: the directory.
import { flushCompileCache } from "node:module";
import { createFileSocketClient } from "@gvpie/file-socket";

const dir = process.argv[2] ?? "";
const LARGE = { width: 400, height: 200 };

// The process is killed, and would otherwise not save its compile cache for the next one.
flushCompileCache();
for (let round = 0; ; round++) {
  const client = createFileSocketClient({ dir });
  // Long enough for the client to renew its lease.
  for (const end = performance.now() + 150; performance.now() < end;) {
    await client.render(`small ${round}`);
    await client.render(`large ${round}`, LARGE);
    const cancel = new AbortController();
    const cancelled = client.render(`!sleep 500\n${round}`, { signal: cancel.signal }).catch(() => {});
    cancel.abort();
    await cancelled;
  }
  await client.close();
}
