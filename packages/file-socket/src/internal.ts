/**
 * Parts of this package for the repository's own fault cases and fuzz targets, under `@gvpie/file-socket/internal`.
 * The subpath resolves to sources only and is not published; it may change at any time.
 */
export { ensureDirectory } from "./fs/directory.ts";
export { newId } from "./protocol/names.ts";
export { decodeReply, errorHead, pictureHead, pongHead } from "./protocol/reply.ts";
export { type Command, parseRequestJson, slotCommand, spoolCommand } from "./protocol/request.ts";
export { treeOf } from "./protocol/tree.ts";
export { createTree } from "./server/served-directory.ts";
