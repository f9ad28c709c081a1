import type { RowId, Run, ScriptSummary } from "./types.ts";

/** Which scripts to show; they are ordered by name. */
export interface ScriptFilter {
  /** First characters of the name. Default: any name. */
  readonly prefix?: string;
  /** `disabled` includes scripts that are refused. Default: all. */
  readonly state?: "failing" | "running" | "paused" | "disabled";
  /** Id of the script before the first one. */
  readonly after?: RowId;
  /** Default 50. */
  readonly limit?: number;
}

/** A file that one run or several have drawn. */
export interface PictureFile {
  readonly id: RowId;
  /** `file://` URL of its folder; undefined if that is not recorded. */
  readonly root: string | undefined;
  /** Host of the folder. */
  readonly host: string | undefined;
  /** Its name in the folder. */
  readonly key: string;
  readonly scriptId: RowId | undefined;
  /** The first and the last run that drew it; they may have been deleted. */
  readonly firstRunId: RowId;
  readonly lastRunId: RowId;
}

/** A run for a list: at most the first 300 characters of `stderr`, and no other text. */
export type RunSummary = Omit<Run, "stdout" | "capability" | "cartridgePath" | "backend">;

/** Reads what a page for people shows. The cost of a call does not depend on the number of runs; a `state` looks at every script. */
export interface BrowseReader {
  /** Returns scripts by name. */
  browseScripts(filter?: ScriptFilter): Promise<ScriptSummary[]>;
  /** Returns a script without its code; undefined if there is none with this id. */
  findScript(id: RowId): Promise<ScriptSummary | undefined>;
  /** Returns the newest runs of a script, newest first. */
  summarizeRuns(scriptId: RowId, limit: number): Promise<RunSummary[]>;
  /** Returns the files of a script's pictures, the last used first. */
  listPictures(scriptId: RowId, limit: number): Promise<PictureFile[]>;
  findPicture(id: RowId): Promise<PictureFile | undefined>;
  /** Returns the file with the picture of each run that has one. */
  findPictures(runs: readonly RowId[]): Promise<Map<RowId, PictureFile>>;
}
