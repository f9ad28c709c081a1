import type { EventStream } from "@gvpie/app-common/http";
import type { ScriptStore } from "@gvpie/daemon/store";

/** Milliseconds between two looks at the database while a page is open. */
const LOOK_MS = 500;
/** Milliseconds after which a silent stream is used, so that a client that has gone is noticed. */
const BEAT_MS = 15_000;

/** Notifies open pages when this or another process has changed the database. */
export interface Live {
  add(stream: EventStream): void;
  close(): void;
}

export function createLive(store: Pick<ScriptStore, "changeMark">): Live {
  const streams = new Set<EventStream>();
  let timer: NodeJS.Timeout | undefined;
  let mark: string | undefined;
  let silentMs = 0;

  async function look(): Promise<void> {
    const before = mark;
    // The next look, or the next request of the page, reports what is wrong with the database.
    mark = await store.changeMark().catch(() => undefined);
    silentMs += LOOK_MS;
    if (mark !== before) send("change");
    else if (silentMs >= BEAT_MS) send("beat");
    if (streams.size > 0) timer = setTimeout(() => void look(), LOOK_MS);
    else timer = undefined;
  }

  function send(event: string): void {
    silentMs = 0;
    for (const stream of streams) stream.send(event, "");
  }

  return {
    add(stream) {
      if (stream.signal.aborted) return;
      streams.add(stream);
      stream.signal.addEventListener("abort", () => streams.delete(stream), { once: true });
      // The page was rendered a moment ago; a change since then is reported at once.
      stream.send("change", "");
      timer ??= setTimeout(() => void look(), LOOK_MS);
    },
    close() {
      clearTimeout(timer);
      for (const stream of streams) stream.close();
      streams.clear();
    },
  };
}
