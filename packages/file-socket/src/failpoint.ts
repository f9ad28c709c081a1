const HOOK = Symbol.for("@gvpie/failpoint");

/**
 * A place where a test ends the process, or makes it wait, to see what is left and what comes of it. Does nothing unless
 * somebody has put a function there; `name` is `file-socket/<part>/<before|after>-<verb>`.
 */
export function failpoint(name: string): void {
  (globalThis as { readonly [HOOK]?: (name: string) => void })[HOOK]?.(name);
}
