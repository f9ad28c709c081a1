// A client that does all that clients do, again and again, until it is killed. Argument: the directory.
import { flushCompileCache } from "node:module";
import { createFileSocketClient } from "@gvpie/file-socket";

const dir = process.argv[2] ?? "";
const LARGE = { width: 400, height: 200 };

// It will not end well, and the next ones should not compile all again.
flushCompileCache();
for (let round = 0; ; round++) {
  const client = createFileSocketClient({ dir });
  // Long enough for the lease to be touched.
  for (const until = performance.now() + 150; performance.now() < until;) {
    await client.render(`small ${round}`);
    await client.render(`large ${round}`, LARGE);
    const given = new AbortController();
    const withdrawn = client.render(`!sleep 500\n${round}`, { signal: given.signal }).catch(() => {});
    given.abort();
    await withdrawn;
  }
  await client.close();
}
