import { join } from "node:path";
import { folderOf, type CartridgeFile, type RowId, type StoreReader } from "@gvpie/daemon/store";

const PAGE = 1_000;

/** Reads at most `max` cartridges, oldest first, a page at a time. */
export async function* cartridgePages(
  store: StoreReader,
  unused: boolean,
  max: number,
): AsyncGenerator<CartridgeFile[]> {
  let after: RowId | undefined;
  for (let left = max; left > 0; left -= PAGE) {
    const limit = Math.min(PAGE, left);
    const page = await store.listCartridges({ limit, unused, ...(after !== undefined && { after }) });
    yield page;
    after = page.at(-1)?.id ?? after;
    if (page.length < limit) return;
  }
}

/** Returns the path of a file; its URL if it is not a local file, and its name if its folder is not recorded. */
export function cartridgePath({ root, key }: Pick<CartridgeFile, "root" | "key">): string {
  if (root === undefined) return key;
  const folder = folderOf(root);
  return folder === undefined ? `${root}/${key}` : join(folder, key);
}
