import type { FaultCase } from "../harness/fault-case.ts";
import { halfWrittenCommand } from "./01-half-written-command.ts";
import { replyDeletedUnread } from "./02-reply-deleted-unread.ts";
import { shortReply } from "./03-short-reply.ts";
import { lateReply } from "./04-late-reply.ts";
import { inotifyOverflow } from "./05-inotify-overflow.ts";
import { directoryReplaced } from "./06-directory-replaced.ts";
import { twoServers } from "./07-two-servers.ts";
import { serverKilled } from "./08-server-killed.ts";
import { clientDies } from "./09-client-dies.ts";
import { diskFull } from "./10-disk-full.ts";
import { directoryForbidden } from "./11-directory-forbidden.ts";
import { irregularFiles } from "./12-irregular-files.ts";
import { unsafeDirectory } from "./13-unsafe-directory.ts";
import { hugeRequest } from "./14-huge-request.ts";
import { flood } from "./15-flood.ts";
import { badRequests } from "./16-bad-requests.ts";
import { heaviestProgram } from "./17-heaviest-program.ts";
import { hostilePng } from "./18-hostile-png.ts";
import { hostileNames } from "./19-hostile-names.ts";
import { killedWorker } from "./20-killed-worker.ts";
import { twoLoops } from "./21-two-loops.ts";
import { gpuProcessDies } from "./22-gpu-process-dies.ts";
import { untrustedPython } from "./23-untrusted-python.ts";
import { unusableDatabase } from "./24-unusable-database.ts";
import { clockJumps } from "./25-clock-jumps.ts";
import { noDescriptors } from "./26-no-descriptors.ts";
import { loopKilledAnywhere } from "./27-loop-killed-anywhere.ts";
import { clientKilledAnywhere } from "./28-client-killed-anywhere.ts";
import { costlyCartridge } from "./29-costly-cartridges.ts";
import { immovableEntries } from "./30-immovable-entries.ts";
import { litteredTree } from "./31-littered-tree.ts";
import { slotBurner } from "./32-slot-burner.ts";
import { replaceableDirectory } from "./33-replaceable-directory.ts";
import { foreignLock } from "./34-foreign-lock.ts";
import { swappedLinks } from "./35-swapped-links.ts";
import { startKilled } from "./36-start-killed.ts";
import { databaseMoved } from "./37-database-moved.ts";
import { foreignCode } from "./38-foreign-code.ts";
import { everySignal } from "./39-every-signal.ts";
import { stoppedRenderer } from "./40-stopped-renderer.ts";
import { stuckDatabase } from "./41-stuck-database.ts";
import { noDescriptorsAtStart } from "./42-no-descriptors-at-start.ts";
import { sybil } from "./43-sybil.ts";
import { forgedReplies } from "./44-forged-replies.ts";
import { mutatedCapabilities } from "./45-mutated-capabilities.ts";
import { tightestLimits } from "./46-tightest-limits.ts";
import { copyKilled } from "./47-copy-killed.ts";
import { steeringKilled } from "./48-steering-killed.ts";
import { operatorsDiskFull } from "./49-operators-disk-full.ts";
import { restoredWhileOpened } from "./50-restored-while-opened.ts";
import { pageFlooded } from "./51-page-flooded.ts";
import { pageThreadDies } from "./52-page-thread-dies.ts";
import { pageDatabaseUnusable } from "./53-page-database-unusable.ts";

/** All fault cases, in the order of the table. */
export const faultCases: readonly FaultCase[] = [
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
  irregularFiles,
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
  costlyCartridge,
  immovableEntries,
  litteredTree,
  slotBurner,
  replaceableDirectory,
  foreignLock,
  swappedLinks,
  startKilled,
  databaseMoved,
  foreignCode,
  everySignal,
  stoppedRenderer,
  stuckDatabase,
  noDescriptorsAtStart,
  sybil,
  forgedReplies,
  mutatedCapabilities,
  tightestLimits,
  copyKilled,
  steeringKilled,
  operatorsDiskFull,
  restoredWhileOpened,
  pageFlooded,
  pageThreadDies,
  pageDatabaseUnusable,
];
