import type { Row } from "./row.ts";
import { halfWrittenCommand } from "./rows/01-half-written-command.ts";
import { replyDeletedUnread } from "./rows/02-reply-deleted-unread.ts";
import { shortReply } from "./rows/03-short-reply.ts";
import { lateReply } from "./rows/04-late-reply.ts";
import { inotifyOverflow } from "./rows/05-inotify-overflow.ts";
import { directoryReplaced } from "./rows/06-directory-replaced.ts";
import { twoServers } from "./rows/07-two-servers.ts";
import { serverKilled } from "./rows/08-server-killed.ts";
import { clientDies } from "./rows/09-client-dies.ts";
import { diskFull } from "./rows/10-disk-full.ts";
import { directoryForbidden } from "./rows/11-directory-forbidden.ts";
import { oddFiles } from "./rows/12-odd-files.ts";
import { unsafeDirectory } from "./rows/13-unsafe-directory.ts";
import { hugeRequest } from "./rows/14-huge-request.ts";
import { flood } from "./rows/15-flood.ts";
import { badRequests } from "./rows/16-bad-requests.ts";
import { heaviestProgram } from "./rows/17-heaviest-program.ts";
import { hostilePng } from "./rows/18-hostile-png.ts";
import { hostileNames } from "./rows/19-hostile-names.ts";
import { killedWorker } from "./rows/20-killed-worker.ts";
import { twoLoops } from "./rows/21-two-loops.ts";
import { gpuProcessDies } from "./rows/22-gpu-process-dies.ts";
import { untrustedPython } from "./rows/23-untrusted-python.ts";
import { unusableDatabase } from "./rows/24-unusable-database.ts";
import { clockJumps } from "./rows/25-clock-jumps.ts";
import { noDescriptors } from "./rows/26-no-descriptors.ts";
import { loopKilledAnywhere } from "./rows/27-loop-killed-anywhere.ts";
import { clientKilledAnywhere } from "./rows/28-client-killed-anywhere.ts";

/** Every fault, in the order of the table. */
export const rows: readonly Row[] = [
  halfWrittenCommand,
  replyDeletedUnread,
  shortReply,
  lateReply,
  inotifyOverflow,
  directoryReplaced,
  twoServers,
  serverKilled,
  clientDies,
  diskFull,
  directoryForbidden,
  oddFiles,
  unsafeDirectory,
  hugeRequest,
  flood,
  badRequests,
  heaviestProgram,
  hostilePng,
  hostileNames,
  killedWorker,
  twoLoops,
  gpuProcessDies,
  untrustedPython,
  unusableDatabase,
  clockJumps,
  noDescriptors,
  loopKilledAnywhere,
  clientKilledAnywhere,
];
