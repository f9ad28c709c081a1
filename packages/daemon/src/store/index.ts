export { backupStore, type BackupOptions } from "./backup.ts";
export {
  checkStore,
  type CheckOptions,
  type StoreCheck,
  type StoreFinding,
  type StoreFindingCode,
} from "./check-store.ts";
export type { PictureFile, RunSummary, ScriptFilter } from "./browse-types.ts";
export { folderOf } from "./cartridge-root.ts";
export { parseCartridgeName, type CartridgeName } from "./cartridge-name.ts";
export { systemClock, type Clock } from "./clock.ts";
export type { OnStoreProgress, StoreContents, StoreProgress } from "./copy-store.ts";
export { StoreError, type StoreErrorCode } from "./errors.ts";
export type {
  CartridgeFile,
  CartridgeRules,
  Condition,
  OverdueScript,
  Overview,
  PruneRules,
  RunFilter,
  ScriptEdit,
  ScriptVersion,
  Worker,
  WorkerBeat,
  WorkerState,
} from "./operation-types.ts";
export { type Pause, pauseFor, pruneInBatches } from "./prune-in-batches.ts";
export { openReader, openStore } from "./open-store.ts";
export { restoreStore, type Restored, type RestoreOptions } from "./restore.ts";
export { schemaSql } from "./schema-sql.ts";
export type { MigrationCopy, ReaderOptions, ScriptStore, StoreOptions, StoreReader } from "./store-types.ts";
export {
  LANGS,
  MAX_CAPABILITY_BYTES,
  MAX_CODE_BYTES,
  MAX_INTERVAL_MS,
  MAX_PARAMS_BYTES,
  MAX_RETRIES,
  type CapabilityIds,
  type ClaimedRun,
  type ClaimTerms,
  type Lang,
  type Missed,
  type NewScript,
  type RowId,
  type Run,
  type RunOutcome,
  type Script,
  type ScriptChanges,
  type ScriptOptions,
  type ScriptOptionsPatch,
  type ScriptParams,
  type ScriptSummary,
} from "./types.ts";
export { checkScript } from "./validate.ts";
export { WORKER_SILENT_MS } from "./workers.ts";
