import { sql, type Kysely } from "kysely";
import { StoreError } from "./errors.ts";
import type { ScriptVersion } from "./operation-types.ts";
import { boundedText, integer, shortText } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { MAX_CODE_BYTES, type RowId } from "./types.ts";

/** Reads the earlier versions of scripts, which a trigger keeps. */
export interface Versions {
  list(name: string): Steps<ScriptVersion[]>;
  get(name: string, version: number): Steps<ScriptVersion & { readonly code: string }>;
}

export function createVersions(db: Kysely<Tables>, scripts: Pick<Scripts, "idOf">): Versions {
  const versions = db
    .selectFrom("script_versions")
    .select([
      integer("version").as("version"),
      shortText("lang").as("lang"),
      integer("bytes").as("bytes"),
      shortText("replaced_at").as("replaced_at"),
    ]);
  const all = statement<{ id: RowId }>()((p) =>
    versions
      .where("script_id", "=", p("id"))
      .orderBy("script_versions.version", "desc")
      .limit(sql.lit(1_000)),
  );
  const one = statement<{ id: RowId; version: number }>()((p) =>
    versions
      .select(boundedText("code", MAX_CODE_BYTES).as("code"))
      .where("script_id", "=", p("id"))
      .where("script_versions.version", "=", p("version")),
  );

  return {
    *list(name) {
      const rows = yield* run(all, { id: yield* scripts.idOf(name) });
      return rows.map(toVersion);
    },
    *get(name, version) {
      const [row] = yield* run(one, { id: yield* scripts.idOf(name), version });
      const script = JSON.stringify(name);
      if (!row) {
        const remedy = `\`gvpie scripts versions ${/^[\w.-]+$/.test(name) ? name : "NAME"}\` lists the versions that are kept`;
        throw new StoreError("STORE_NO_VERSION", `${script} has no version ${version}; ${remedy}`);
      }
      if (row.code === null) {
        const message = `expected at most ${MAX_CODE_BYTES} bytes of code, got ${row.bytes ?? 0}`;
        throw new StoreError("STORE_BAD_SCRIPT", `${script}, version ${version}: ${message}`);
      }
      return { ...toVersion(row), code: row.code };
    },
  };
}

function toVersion(row: {
  readonly version: number | null;
  readonly lang: string | null;
  readonly bytes: number | null;
  readonly replaced_at: string | null;
}): ScriptVersion {
  return {
    version: row.version ?? 0,
    lang: row.lang ?? "",
    codeBytes: row.bytes ?? 0,
    replacedAt: row.replaced_at ?? "",
  };
}
