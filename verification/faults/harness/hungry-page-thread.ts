// The thread of the page, which allocates without end a second after it serves.
const PAGE = new URL("../../../apps/zero-human-daemon/src/http-thread.ts", import.meta.url);
await import(PAGE.href);
setTimeout(() => {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from<number>({ length: 100_000 }).fill(kept.length + 0.5));
}, 1_000);
