import type { HttpRequest } from "@gvpie/app-common/http";
import { CartridgeError, readCartridgeMetadata } from "@gvpie/cartridge";
import type { PictureFile, RowId, Run, RunFilter, ScriptStore, ScriptSummary } from "@gvpie/daemon/store";
import { FileSocketError, readServerStatus } from "@gvpie/file-socket";
import { hostname } from "node:os";
import type { Overviews } from "./overviews.ts";
import type { View } from "./layout.ts";
import { PageError } from "./page-error.ts";
import { oneOf, parseId, textFilter, timeFilter } from "./parse-request.ts";
import { firstLine, type Picture } from "./parts.ts";
import { PictureError, readCartridgeFile } from "./pictures.ts";
import { daemons, type Renderer } from "./views/daemons.ts";
import { overview, type ScriptCard, STATES } from "./views/overview.ts";
import { RESULTS, runs } from "./views/runs.ts";
import { type RunData, runView } from "./views/run.ts";
import { scriptView } from "./views/script.ts";
import { verifyView } from "./views/verify.ts";
import { versionView } from "./views/version.ts";

/** A view and its path. */
export interface ViewRoute {
  readonly path: string;
  readonly view: (request: HttpRequest) => Promise<View>;
}

interface Sources {
  readonly store: ScriptStore;
  readonly overviews: Overviews;
  readonly now: () => number;
}

const SCRIPTS_A_PAGE = 48;
const RUNS_A_PAGE = 25;
/** Runs whose durations are shown. */
const RUNS_OF_SCRIPT = 100;
/** Runs of a script whose pictures are shown. */
const LISTED_RUNS = 20;
const PICTURES_OF_SCRIPT = 12;
const MAX_RENDERERS = 8;

/** Returns the views. Each reads a bounded number of rows. */
export function viewRoutes({ store, overviews, now }: Sources): ViewRoute[] {
  const found = async (id: RowId): Promise<ScriptSummary> => {
    const script = await store.findScript(id);
    if (script === undefined) throw new PageError(404, "There is no such script. It may have been removed.");
    return script;
  };

  async function cardOf(script: ScriptSummary): Promise<ScriptCard> {
    const [file] = await store.listPictures(script.id, 1);
    const isFailing = (script.failures ?? 0) > 0;
    const [last] = isFailing ? await store.summarizeRuns(script.id, 2) : [];
    return {
      script,
      picture: pictureOf(file),
      error: last?.success === false ? firstLine(last) : undefined,
    };
  }

  return [
    {
      path: "/",
      view: async ({ query }) => {
        const state = oneOf(STATES, query.get("state"));
        const prefix = (query.get("name") ?? "").slice(0, 1_000);
        const after = query.get("after");
        const scripts = await store.browseScripts({
          prefix,
          limit: SCRIPTS_A_PAGE + 1,
          ...(state !== "all" && { state }),
          ...(after !== null && { after: parseId(after) }),
        });
        const shown = scripts.slice(0, SCRIPTS_A_PAGE);
        return overview({
          state,
          prefix,
          cards: await Promise.all(shown.map(cardOf)),
          isLater: after !== null,
          next: scripts.length > SCRIPTS_A_PAGE ? shown.at(-1)?.id : undefined,
          now: now(),
        });
      },
    },
    {
      path: "/scripts/:id",
      view: async ({ params, csrf = "" }) => {
        const { id, name } = await found(parseId(params["id"]));
        const runs = await store.summarizeRuns(id, RUNS_OF_SCRIPT + 1);
        const [script, changes, files, versions] = await Promise.all([
          store.getScript(name),
          store.listPictures(id, PICTURES_OF_SCRIPT),
          store.findPictures(runs.slice(0, LISTED_RUNS).map((run) => run.id)),
          store.listVersions(name),
        ]);
        return scriptView({
          script,
          runs,
          pictures: picturesOf(files),
          changes: changes.flatMap((file) => pictureOf(file) ?? []),
          versions,
          csrf,
          now: now(),
        });
      },
    },
    {
      path: "/scripts/:id/versions/:version",
      view: async ({ params }) => {
        const { id, name } = await found(parseId(params["id"]));
        const number = Number(parseId(params["version"]));
        const [version, versions] = await Promise.all([
          store.getVersion(name, number),
          store.listVersions(name),
        ]);
        // Newest first.
        const next = versions.findLast(({ version }) => version > number);
        const { code } =
          next === undefined ? await store.getScript(name) : await store.getVersion(name, next.version);
        return versionView({
          id,
          name,
          version: number,
          code: version.code,
          nextVersion: next?.version,
          nextCode: code,
        });
      },
    },
    {
      path: "/runs",
      view: async ({ query }) => {
        const result = oneOf(RESULTS, query.get("result"));
        const before = query.get("before");
        const filter: RunFilter = {
          ...textFilter(query, "script"),
          ...timeFilter(query, "since"),
          ...timeFilter(query, "until"),
          ...(result !== "all" && { result }),
          ...(before !== null && { before: parseId(before) }),
          limit: RUNS_A_PAGE + 1,
        };
        const all = await store.listRuns(filter);
        const shown = all.slice(0, RUNS_A_PAGE);
        return runs({
          filter,
          runs: shown,
          pictures: picturesOf(await store.findPictures(shown.map(({ id }) => id))),
          isLater: before !== null,
          next: all.length > RUNS_A_PAGE ? shown.at(-1)?.id : undefined,
          now: now(),
        });
      },
    },
    {
      path: "/runs/:id",
      view: async ({ params }) => {
        const run = await store.getRun(parseId(params["id"]));
        if (run === undefined) throw new PageError(404, "There is no such run. It may have been deleted.");
        const file = (await store.findPictures([run.id])).get(run.id);
        const record = file && (await recordOf(file));
        return runView({
          run,
          picture: record === undefined ? undefined : pictureOf(file),
          record: record ?? undefined,
          now: now(),
        });
      },
    },
    {
      path: "/cartridges/:id/verify",
      view: async ({ params, query }) => {
        const file = await store.findPicture(parseId(params["id"]));
        if (file === undefined) throw new PageError(404, "There is no such cartridge.");
        const run = query.has("run") ? await runOf(file, parseId(query.get("run") ?? "")) : undefined;
        return verifyView({ cartridge: file.id, fileName: file.key, run });
      },
    },
    {
      path: "/daemons",
      view: async ({ csrf = "" }) => {
        const found = await overviews.read();
        const dirs = found.workers
          .filter(({ host, stoppedAt }) => host === hostname() && stoppedAt === undefined)
          .flatMap(({ state }) => state.dir ?? []);
        const renderers = [...new Set(dirs)].slice(0, MAX_RENDERERS).map(rendererAt);
        return daemons({ overview: found, renderers, csrf, now: now() });
      },
    },
  ];

  /** Returns a run if the file is its cartridge. */
  async function runOf(file: PictureFile, id: RowId): Promise<Run | undefined> {
    const files = await store.findPictures([id]);
    return files.get(id)?.id === file.id ? store.getRun(id) : undefined;
  }
}

function pictureOf(file: PictureFile | undefined): Picture | undefined {
  if (file?.root === undefined || file.host !== hostname()) return undefined;
  return { id: file.id, runId: file.lastRunId, firstRunId: file.firstRunId };
}

function picturesOf(files: ReadonlyMap<RowId, PictureFile>): Map<RowId, Picture> {
  const pictures = new Map<RowId, Picture>();
  for (const [run, file] of files) {
    const picture = pictureOf(file);
    if (picture) pictures.set(run, picture);
  }
  return pictures;
}

/** Returns what a file says of its making: null if it says nothing, undefined if it cannot be read. */
async function recordOf(file: PictureFile): Promise<RunData["record"] | null> {
  try {
    const { gvpie, checksum, width, height } = readCartridgeMetadata(await readCartridgeFile(file));
    if (gvpie === undefined) return null;
    const { program, language, engine, params } = gvpie;
    return { program, language, engine, params, checksum, width, height };
  } catch (error) {
    if (error instanceof PictureError) return undefined;
    if (error instanceof CartridgeError) return null;
    throw error;
  }
}

function rendererAt(dir: string): Renderer {
  try {
    return { dir, ...readServerStatus(dir) };
  } catch (error) {
    if (!(error instanceof FileSocketError)) throw error;
    return { dir, state: "absent", isProcessFound: false };
  }
}
