import { AsyncLocalStorage } from "node:async_hooks";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

// Servers and clients that can be killed inside one process, at any failpoint, thousands of times a minute. A dead
// actor's code may run on (in `catch` and `finally`), but it can touch no file, and its timers and watches are gone:
// for everybody else that is as if its process had been killed.

/** One server or client. */
export interface Actor {
  isDead: boolean;
  /** Failpoints until it dies; undefined: it lives. */
  fuse: number | undefined;
  /** Hears of every rename that it does. */
  readonly renamed: (to: string) => void;
  readonly descriptors: Set<number>;
  readonly ends: Set<() => void>;
}

class Killed extends Error {
  override readonly name = "Killed";
}

const stage = new AsyncLocalStorage<Actor>();

export function createActor(renamed: (to: string) => void = () => {}): Actor {
  return { isDead: false, fuse: undefined, renamed, descriptors: new Set(), ends: new Set() };
}

/** Do something as this actor; whatever comes of it later is done as this actor, too. */
export function act<T>(actor: Actor, action: () => T): T {
  return stage.run(actor, action);
}

/** The process of this actor ends here. */
export function kill(actor: Actor): void {
  if (actor.isDead) return;
  actor.isDead = true;
  for (const end of actor.ends) end();
  for (const fd of actor.descriptors) closeSync(fd);
}

function alive(): Actor | undefined {
  const actor = stage.getStore();
  if (actor?.isDead === true) throw new Killed();
  return actor;
}

const { closeSync } = fs;
type AnyFunction = (...args: unknown[]) => unknown;
const patched = fs as unknown as Record<string, AnyFunction>;

/** Put `make(original)` in the place of a function of node:fs. */
function patch(name: string, make: (original: AnyFunction) => AnyFunction): void {
  patched[name] = make(patched[name] as AnyFunction);
}

for (const name of Object.keys(fs).filter((each) => each.endsWith("Sync") && each !== "closeSync")) {
  patch(name, (original) =>
    Object.assign((...args: unknown[]) => {
      alive();
      return original(...args);
    }, original),
  );
}
patch("openSync", (original) => (...args) => {
  const fd = original(...args) as number;
  stage.getStore()?.descriptors.add(fd);
  return fd;
});
patch("closeSync", (original) => (fd) => {
  const actor = stage.getStore();
  // Closed when the actor was killed; the number may be somebody else's by now.
  if (actor?.isDead === true) return;
  actor?.descriptors.delete(fd as number);
  original(fd);
});
patch("renameSync", (original) => (from, to) => {
  original(from, to);
  stage.getStore()?.renamed(String(to));
});
patch("watch", (original) => (path, options, listener) => {
  const actor = stage.getStore();
  if (actor === undefined) return original(path, options, listener);
  const watcher = original(path, options, (...args: unknown[]) =>
    survive(actor, () => (listener as AnyFunction)(...args)),
  ) as fs.FSWatcher;
  actor.ends.add(() => watcher.close());
  return watcher;
});
syncBuiltinESMExports();

/** Run a callback of an actor, unless it is dead or dies of it. */
function survive(actor: Actor, action: () => unknown): void {
  if (actor.isDead) return;
  try {
    stage.run(actor, action);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
  const original = globalThis[name] as unknown as AnyFunction;
  const replacement: AnyFunction = (callback, ...rest) => {
    const actor = stage.getStore();
    if (actor === undefined) return original(callback, ...rest);
    const guarded = (...args: unknown[]): void => survive(actor, () => (callback as AnyFunction)(...args));
    const timer = original(guarded, ...rest);
    if (name === "setInterval") actor.ends.add(() => clearInterval(timer as NodeJS.Timeout));
    return timer;
  };
  (globalThis as unknown as Record<string, AnyFunction>)[name] = replacement;
}

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  stage.getStore()?.ends.add(() => {
    if (this.isOpen) this.close();
  });
  exec.call(this, sql);
};

(globalThis as { [name: symbol]: unknown })[Symbol.for("@gvpie/failpoint")] = (): void => {
  const actor = alive();
  if (actor?.fuse === undefined || actor.fuse-- > 0) return;
  kill(actor);
  throw new Killed();
};
