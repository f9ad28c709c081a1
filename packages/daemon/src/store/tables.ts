import type { ColumnType, Generated } from "kysely";
import type { Lang } from "./types.ts";

/** Types of the tables for Kysely; docs/store.md describes each column. */
export interface Tables {
  improvement_scripts: ScriptsTable;
  improvement_runs: RunsTable;
  script_options: OptionsTable;
  script_schedule: ScheduleTable;
  script_renders: RendersTable;
  store_clock: ClockTable;
  run_capabilities: RunCapabilitiesTable;
  store_state: StateTable;
  run_requests: RequestsTable;
  script_versions: VersionsTable;
  workers: WorkersTable;
  run_blocks: BlocksTable;
  open_runs: OpenRunsTable;
  cartridge_roots: CartridgeRootsTable;
  cartridges: CartridgesTable;
}

interface ScriptsTable {
  id: Generated<number>;
  name: string;
  lang: Lang;
  code: string;
  enabled: Generated<number | null>;
  created_at: Generated<string | null>;
  last_run_at: string | null;
  run_count: Generated<number | null>;
  success_count: Generated<number | null>;
}

interface RunsTable {
  id: Generated<number>;
  script_id: number;
  started_at: string;
  finished_at: string | null;
  success: number | null;
  stdout: string | null;
  stderr: string | null;
  duration_ms: number | null;
  backend: string | null;
  cartridge_path: string | null;
}

interface OptionsTable {
  script_id: number;
  width: number | null;
  height: number | null;
  background: string | null;
  interval_ms: number | null;
  params: string | null;
  capability: string | null;
  cron: string | null;
  time_zone: string | null;
  missed: "skip" | "once" | null;
  timeout_ms: number | null;
  retries: number | null;
}

interface ScheduleTable {
  script_id: number;
  lang: Lang;
  due_at_ms: number | null;
  failures: Generated<number>;
  run_id: number | null;
  holder: string | null;
  lease_until_ms: number | null;
  paused_at: string | null;
  cron_at_ms: number | null;
  seen_at_ms: number | null;
  picture_id: number | null;
  picture_run_id: number | null;
}

interface RendersTable {
  script_id: number;
  fingerprint: string;
  cartridge_path: string;
}

interface RunCapabilitiesTable {
  run_id: number;
  root: string;
  leaf: string;
}

interface StateTable {
  id: ColumnType<number, number, never>;
  paused_at: string | null;
  skew_ms: number | null;
}

interface RequestsTable {
  id: Generated<number>;
  script_id: number;
  requested_at: string;
  run_id: number | null;
}

interface VersionsTable {
  script_id: number;
  version: number;
  lang: string;
  bytes: number;
  replaced_at: string;
  code: string;
}

interface WorkersTable {
  id: string;
  host: string;
  pid: number;
  boot: string;
  version: string;
  started_at: string;
  seen_at: string;
  seen_at_ms: number;
  stopped_at: string | null;
  state: string;
}

interface BlocksTable {
  block: number;
  first_at: string;
  last_at: string;
}

interface OpenRunsTable {
  script_id: number;
  run_id: number;
}

interface CartridgeRootsTable {
  id: Generated<number>;
  uri: string;
  host: string;
}

interface CartridgesTable {
  id: Generated<number>;
  root_id: number | null;
  key: string;
  script_id: number | null;
  bytes: number | null;
  first_run_id: number;
  last_run_id: number;
}

interface ClockTable {
  id: ColumnType<number, number, never>;
  boot: string;
  offset_ms: number;
}
