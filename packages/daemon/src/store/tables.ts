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
}

interface ScheduleTable {
  script_id: number;
  lang: Lang;
  due_at_ms: number | null;
  failures: Generated<number>;
  run_id: number | null;
  holder: string | null;
  lease_until_ms: number | null;
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

interface ClockTable {
  id: ColumnType<number, number, never>;
  boot: string;
  offset_ms: number;
}
