const FAILPOINT: unique symbol = Symbol.for("@gvpie/failpoint");

/** A step at which a test may stop or kill the process. Does nothing unless a test has put a function in place. */
export function failpoint(name: `daemon/${string}/${"before" | "after"}-${string}`): void {
  (globalThis as { [FAILPOINT]?: (name: string) => void })[FAILPOINT]?.(name);
}
