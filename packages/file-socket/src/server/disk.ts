import { freeBytes } from "../fs/files.ts";
import type { SessionContext } from "./context.ts";

/** True if a reply of this size would leave less free space than `limits.minFreeBytes`. */
export function wouldFillDisk(bytes: number, { limits, tree }: SessionContext): boolean {
  if (limits.minFreeBytes === 0) return false;
  return freeBytes(tree.tmp) < Math.max(limits.minFreeBytes, 2 * bytes);
}
