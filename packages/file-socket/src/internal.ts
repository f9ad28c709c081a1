/**
 * Parts of this package for the repository's own fault cases and fuzz targets, under `@gvpie/file-socket/internal`.
 * The subpath resolves to sources only and is not published; it may change at any time.
 */
export { ensureDirectory } from "./directory.ts";
export { newId } from "./names.ts";
export { decodeReply, errorHead, pictureHead, pongHead } from "./reply.ts";
export { type Command, parseRequestJson, slotCommand, spoolCommand } from "./request.ts";
export { createTree, treeOf } from "./tree.ts";
