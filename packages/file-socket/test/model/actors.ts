import { AsyncLocalStorage } from "node:async_hooks";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

// Servers and clients that can be killed inside one process, at any failpoint, thousands of times a minute. The code of a
// killed actor may continue (in `catch` and `finally`), but it can change no file, and its timers and watches are closed.
// For all other actors, that is the same as a killed process.

/** A server or a client. */
export interface Actor {
  isKilled: boolean;
  /** Number of failpoints that it passes before it is killed; undefined to keep it alive. */
  killAfter: number | undefined;
  /** Called with the new path after each of its renames. */
  readonly onRename: (to: string) => void;
  readonly descriptors: Set<number>;
  /** Run when it is killed. */
  readonly cleanups: Set<() => void>;
}

class Killed extends Error {
  override readonly name = "Killed";
}

const current = new AsyncLocalStorage<Actor>();

export function createActor(onRename: (to: string) => void = () => {}): Actor {
  return { isKilled: false, killAfter: undefined, onRename, descriptors: new Set(), cleanups: new Set() };
}

/** Runs `action` as this actor, with all callbacks that follow from it. */
export function runAs<T>(actor: Actor, action: () => T): T {
  return current.run(actor, action);
}

/** Kills an actor now. */
export function kill(actor: Actor): void {
  if (actor.isKilled) return;
  actor.isKilled = true;
  for (const cleanUp of actor.cleanups) cleanUp();
  for (const fd of actor.descriptors) closeSync(fd);
}

/** Returns the current actor. Throws if it was killed. */
function requireAlive(): Actor | undefined {
  const actor = current.getStore();
  if (actor?.isKilled === true) throw new Killed();
  return actor;
}

const { closeSync } = fs;
type AnyFunction = (...args: unknown[]) => unknown;
const patched = fs as unknown as Record<string, AnyFunction>;

/** Replaces a function of node:fs by `make(original)`. */
function patch(name: string, make: (original: AnyFunction) => AnyFunction): void {
  patched[name] = make(patched[name] as AnyFunction);
}

for (const name of Object.keys(fs).filter((each) => each.endsWith("Sync") && each !== "closeSync")) {
  patch(name, (original) =>
    Object.assign((...args: unknown[]) => {
      requireAlive();
      return original(...args);
    }, original),
  );
}
patch("openSync", (original) => (...args) => {
  const fd = original(...args) as number;
  current.getStore()?.descriptors.add(fd);
  return fd;
});
patch("closeSync", (original) => (fd) => {
  const actor = current.getStore();
  // Closed when the actor was killed. Another actor may have reused the number.
  if (actor?.isKilled === true) return;
  actor?.descriptors.delete(fd as number);
  original(fd);
});
patch("renameSync", (original) => (from, to) => {
  original(from, to);
  current.getStore()?.onRename(String(to));
});
patch("watch", (original) => (path, options, listener) => {
  const actor = current.getStore();
  if (actor === undefined) return original(path, options, listener);
  const watcher = original(path, options, (...args: unknown[]) =>
    guard(actor, () => (listener as AnyFunction)(...args)),
  ) as fs.FSWatcher;
  actor.cleanups.add(() => watcher.close());
  return watcher;
});
syncBuiltinESMExports();

/** Runs a callback of an actor, unless it was or is killed. */
function guard(actor: Actor, action: () => unknown): void {
  if (actor.isKilled) return;
  try {
    current.run(actor, action);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
  const original = globalThis[name] as unknown as AnyFunction;
  const replacement: AnyFunction = (callback, ...rest) => {
    const actor = current.getStore();
    if (actor === undefined) return original(callback, ...rest);
    const guarded = (...args: unknown[]): void => guard(actor, () => (callback as AnyFunction)(...args));
    const timer = original(guarded, ...rest);
    if (name === "setInterval") actor.cleanups.add(() => clearInterval(timer as NodeJS.Timeout));
    return timer;
  };
  (globalThis as unknown as Record<string, AnyFunction>)[name] = replacement;
}

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  current.getStore()?.cleanups.add(() => {
    if (this.isOpen) this.close();
  });
  exec.call(this, sql);
};

(globalThis as { [name: symbol]: unknown })[Symbol.for("@gvpie/failpoint")] = (): void => {
  const actor = requireAlive();
  if (actor?.killAfter === undefined || actor.killAfter-- > 0) return;
  kill(actor);
  throw new Killed();
};
