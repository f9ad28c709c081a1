import type { SettingOption } from "./command.ts";

/** Where the scripts are, for every command that reads or changes them. */
export const STORE_OPTIONS: { readonly db: SettingOption } = {
  db: { type: "string", value: "file", help: "the database", default: "db/daemon.db", env: "GVPIE_DB" },
};
