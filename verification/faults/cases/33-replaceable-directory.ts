import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { otherUser } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startDaemon, startProcess, startServing } from "../harness/servers.ts";

interface Place {
  readonly kind: string;
  /** True if the other user can rename a directory on the path. */
  readonly isUnsafe: boolean;
  /** Makes the directories above the served one. Returns the path to serve, and the one that the other user renames. */
  make(parent: string, uid: number): { readonly dir: string; readonly target: string };
}

interface Attempt {
  readonly kind: string;
  readonly isUnsafe: boolean;
  /** True if another user's rename succeeded, after the daemon had started or refused to. */
  readonly wasRenamed: boolean;
  readonly exit?: number | string;
  readonly isUntouched?: boolean;
  /** The code of the error that a client gets; undefined if it is served. */
  readonly client?: string | undefined;
}

interface Change {
  /** True if the running server stopped with a clear error, and served again when the mode was right again. */
  readonly hasStopped: boolean;
  readonly hasRecovered: boolean;
}

const made = (path: string, mode: number, uid?: number): string => {
  mkdirSync(path);
  chmodSync(path, mode);
  if (uid !== undefined) chownSync(path, uid, uid);
  return path;
};

const PLACES: readonly Place[] = [
  {
    kind: "below a directory of the other user",
    isUnsafe: true,
    make: (parent, uid) => {
      const above = made(`${parent}/a`, 0o755, uid);
      return { dir: `${made(`${above}/b`, 0o755)}/socket`, target: `${above}/b` };
    },
  },
  {
    kind: "below a directory that all may write",
    isUnsafe: true,
    make: (parent) => {
      const above = made(`${parent}/a`, 0o777);
      return { dir: `${made(`${above}/b`, 0o755)}/socket`, target: `${above}/b` };
    },
  },
  {
    kind: "below the other user's directory in a sticky one",
    isUnsafe: true,
    make: (parent, uid) => {
      const above = made(`${made(`${parent}/a`, 0o1777)}/b`, 0o755, uid);
      return { dir: `${above}/socket`, target: above };
    },
  },
  {
    kind: "below the other user's link in a sticky directory",
    isUnsafe: true,
    make: (parent, uid) => {
      const link = `${made(`${parent}/a`, 0o1777)}/link`;
      symlinkSync(made(`${parent}/real`, 0o755), link);
      lchownSync(link, uid, uid);
      return { dir: `${link}/socket`, target: link };
    },
  },
  {
    kind: "in a sticky directory, as `/tmp` is",
    isUnsafe: false,
    make: (parent) => {
      const dir = `${made(`${parent}/a`, 0o1777)}/socket`;
      return { dir, target: dir };
    },
  },
];

export const replaceableDirectory = defineCase<Attempt | Change>({
  number: 33,
  fault:
    "another user can rename a directory above that of the file socket, and put another one in its place",
  required:
    "gvpie-daemon refuses to start, exit 78, and changes nothing; a client refuses, too; a running server stops; where the other user cannot rename, as in `/tmp`, both work",
  async run(context) {
    const uid = otherUser();
    for (const { kind, isUnsafe, make } of PLACES) {
      const parent = dirname(context.newSocketPath());
      chmodSync(parent, 0o755);
      const { dir, target } = make(parent, uid);
      let outcome: Pick<Attempt, "exit" | "isUntouched" | "client">;
      if (isUnsafe) {
        const exit = await startDaemon(context, ["--dir", dir, "--backend", "cpu"]).exited;
        const isUntouched = !existsSync(dir);
        mkdirSync(dir, { mode: 0o700 });
        outcome = { exit, isUntouched, client: await askAt(dir) };
      } else {
        await startServing(context, dir);
        outcome = { client: await askAt(dir) };
      }
      const thief = startProcess(context, "python3", [harnessPath("directory-thief.py"), target]);
      const wasRenamed = (await thief.waitForLine(/renamed|refused/)).includes("renamed");
      context.record({ kind, isUnsafe, wasRenamed, ...outcome });
    }
    const dir = context.newSocketPath();
    const daemon = await startServing(context, dir);
    chmodSync(dirname(dir), 0o777);
    const hasStopped = await daemon.waitForLine("another user could replace").then(
      () => true,
      () => false,
    );
    chmodSync(dirname(dir), 0o700);
    const hasRecovered = await waitUntil(async () => (await askAt(dir)) === undefined, {
      timeoutMs: 20_000,
    }).then(
      () => true,
      () => false,
    );
    context.record({ hasStopped, hasRecovered });
  },
  evaluate(observations) {
    const attempts = observations.filter((one) => "kind" in one);
    const unsafe = attempts.filter((one) => one.isUnsafe);
    const refused = unsafe.filter(
      (one) => one.exit === 78 && one.isUntouched && one.client === "FSOCK_UNSAFE_DIR" && one.wasRenamed,
    );
    const safe = attempts.filter((one) => !one.isUnsafe);
    const served = safe.filter((one) => one.client === undefined && !one.wasRenamed);
    const change = observations.find((one) => "hasStopped" in one);
    return {
      summary: `${refused.length} of ${unsafe.length} kinds that the other user could rename refused with 78 and unchanged; ${served.length} of ${safe.length} others served; a running server ${change?.hasStopped ? "stopped" : "went on"} and ${change?.hasRecovered ? "recovered" : "did not recover"}`,
      isMet:
        refused.length === PLACES.filter((place) => place.isUnsafe).length &&
        refused.length === unsafe.length &&
        served.length === safe.length &&
        change?.hasStopped === true &&
        change.hasRecovered,
    };
  },
});

/** Returns the code of the error that a client gets; undefined if it gets a picture. */
async function askAt(dir: string): Promise<string | undefined> {
  readdirSync(dir);
  await using client = createFileSocketClient({ dir });
  try {
    await client.render("HALT", { timeoutMs: 5_000 });
    return undefined;
  } catch (error) {
    if (error instanceof FileSocketError) return error.code;
    throw error;
  }
}
