const HOOK = Symbol.for("@gvpie/failpoint");

/**
 * A step at which a test may kill or delay the process. Calls the function under `Symbol.for("@gvpie/failpoint")` on
 * `globalThis`, if a test has put one there; otherwise does nothing.
 */
export function failpoint(name: `${string}/${string}/${"before" | "after"}-${string}`): void {
  (globalThis as { readonly [HOOK]?: (name: string) => void })[HOOK]?.(name);
}
