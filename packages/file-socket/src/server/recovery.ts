import { lstatSync, readdirSync } from "node:fs";
import { errnoOf } from "../fs/errno.ts";
import { exists, move } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { parseRunName, parseStagedReplyName, replyName, requestName } from "../protocol/names.ts";
import type { SessionContext } from "./context.ts";
import { fileAge } from "./file-age.ts";
import { ERROR_SUFFIX, SLOT_PUBLISH_MS } from "./slot.ts";
import type { Spool } from "./spool.ts";
import type { Entrance } from "./spool-job.ts";

/**
 * Recovers the slot of a killed server while its client still waits: a claimed command is returned, and a complete reply
 * is published. A claimed command is removed just before its reply appears, so a staged reply without one is complete.
 */
export function recoverSlot({ tree, clock, quarantine }: SessionContext): void {
  const { command, output, error, run, tmp } = tree;
  const isTimely = (path: string): boolean => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined || exists(command)) return false;
    return fileAge(found.mtimeMs, undefined, clock) < SLOT_PUBLISH_MS;
  };
  const claimed = sortedNames(run).filter((name) => name.startsWith("slot."));
  for (const staged of readdirSync(tmp).filter((name) => /^(?:slot|once)\./.test(name))) {
    const path = `${tmp}/${staged}`;
    const isError = staged.endsWith(ERROR_SUFFIX);
    const stem = isError ? staged.slice(0, -ERROR_SUFFIX.length) : staged;
    const isComplete = stem.startsWith("slot.") && !claimed.includes(stem);
    failpoint("file-socket/recovery/before-slot-reply");
    const to = isError ? error : output;
    if (!isComplete || !isTimely(path) || !moveIfPossible(path, to)) quarantine.remove(path);
    failpoint("file-socket/recovery/after-slot-reply");
  }
  for (const name of claimed) {
    failpoint("file-socket/recovery/before-slot-command");
    const path = `${run}/${name}`;
    if (!isTimely(path) || !moveIfPossible(path, command)) quarantine.remove(path);
    failpoint("file-socket/recovery/after-slot-command");
  }
}

/** Recovers the spool of a killed server: a claimed request is taken again, and a complete reply is published. */
export function recoverSpool(context: SessionContext, spool: Spool, entrance: Entrance): void {
  const { quarantine, capabilities } = context;
  const { run, tmp, out, new: requests } = context.tree;
  const runNames = sortedNames(run);
  const claimed = new Set<string>();
  for (const name of runNames) {
    const parsed = parseRunName(name);
    if (parsed !== undefined) claimed.add(requestName(parsed));
  }
  for (const name of readdirSync(tmp)) {
    if (/^(?:server|probe)\./.test(name)) quarantine.remove(`${tmp}/${name}`);
  }
  for (const name of runNames) {
    const parsed = parseStagedReplyName(name);
    if (parsed === undefined) {
      adopt(name, context, spool, entrance);
      continue;
    }
    // A staged reply is complete once its request is gone; see Spool.answer.
    const isComplete = !claimed.has(requestName(parsed)) && !exists(`${requests}/${requestName(parsed)}`);
    const to = `${out}/${parsed.client}/${replyName(parsed.id)}`;
    if (isComplete) capabilities?.replays.answeredByPrevious(parsed.client, parsed.id);
    failpoint("file-socket/recovery/before-deliver");
    if (!isComplete || !moveIfPossible(`${run}/${name}`, to)) quarantine.remove(`${run}/${name}`);
    failpoint("file-socket/recovery/after-deliver");
  }
}

function adopt(name: string, { tree, emit }: SessionContext, spool: Spool, entrance: Entrance): void {
  // The sweep quarantines all other names.
  const parsed = parseRunName(name);
  if (parsed === undefined) return;
  const path = `${tree.run}/${name}`;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  const { id, client, attempt } = parsed;
  spool.adopt({ id, client, path, attempts: attempt, lastAbsent: undefined }, stats, entrance);
  const message = `the request ${id}, claimed by a previous server, waits again`;
  emit({ type: "requeued", level: "warn", message, fields: { id, client, attempt } });
}

/** Renames an entry. Returns false if it is missing or cannot be renamed. */
function moveIfPossible(from: string, to: string): boolean {
  try {
    return move(from, to);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function sortedNames(path: string): readonly string[] {
  return readdirSync(path).sort();
}
