import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { createScripts, moreRuns, reportedRuns, startLoop } from "../harness/script-loop.ts";

interface Outcome {
  readonly object: string;
  /** True if the running loop named the object and how to remove it. */
  readonly isNamed: boolean;
  /** Exit of the loop that was told to stop while the object was there. */
  readonly stopped: number | string;
  /** Exit of a loop that was started while the object was there. */
  readonly refused: number | string;
  /** True if that loop changed the database. */
  readonly isChanged: boolean;
  /** Runs reported after the object was removed from under a running loop. */
  readonly resumed: number;
  /** Runs that the loops reported, and that the database does not hold as finished. */
  readonly lost: number;
}

const ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

/** Statements that add code which the loop would run in its transactions, and statements that remove it. */
const OBJECTS: readonly (readonly [object: string, add: string, remove: string])[] = [
  [
    "trigger on runs",
    `CREATE TRIGGER foreign_code AFTER INSERT ON improvement_runs BEGIN ${ENDLESS}; END`,
    "DROP TRIGGER foreign_code",
  ],
  [
    "trigger on scripts",
    `CREATE TRIGGER foreign_code BEFORE UPDATE ON improvement_scripts WHEN (${ENDLESS}) BEGIN SELECT 1; END`,
    "DROP TRIGGER foreign_code",
  ],
  [
    "trigger on the schedule",
    `CREATE TRIGGER foreign_code AFTER UPDATE ON script_schedule BEGIN ${ENDLESS}; END`,
    "DROP TRIGGER foreign_code",
  ],
  [
    "index on an expression",
    "CREATE INDEX foreign_code ON improvement_runs(replace(hex(zeroblob(1000)), '0', started_at))",
    "DROP INDEX foreign_code",
  ],
];

const MORE_RUNS = 8;

export const foreignCode = defineCase<Outcome>({
  number: 38,
  fault: "another program adds a trigger or index that never ends to the database of the script loop",
  required:
    "the loop does not run it: it names the object and how to remove it, stops on SIGTERM, goes on once it is removed, and a new loop refuses the database unchanged; 0 runs lost",
  async run(context) {
    for (const [object, add, remove] of OBJECTS) {
      for (let round = context.count(5, 1); round > 0; round--) {
        const root = dirname(context.newSocketPath());
        const path = join(root, "daemon.db");
        const cartridges = join(root, "cartridges");
        await createScripts(path, 4);

        const loop = startLoop(context, path, cartridges);
        await moreRuns(loop, MORE_RUNS);
        execute(path, add);
        await loop.waitForLine(/foreign_code/);
        const before = reportedRuns(loop).length;
        execute(path, remove);
        await moreRuns(loop, MORE_RUNS);
        const resumed = reportedRuns(loop).length - before;
        execute(path, add);
        await loop.waitFor(() => loop.stderr.split("foreign_code").length > 3, "the object named again");
        const stopped = await loop.kill("SIGTERM");

        const content = readFileSync(path);
        const late = startLoop(context, path, cartridges);
        const refused = await late.exited;
        const isChanged = !content.equals(readFileSync(path));
        execute(path, remove);
        const finished = new Set(finishedRuns(path));
        context.record({
          object,
          isNamed: /foreign_code/.test(loop.stderr) && /remove it with DROP/.test(loop.stderr),
          stopped,
          refused,
          isChanged,
          resumed,
          lost: reportedRuns(loop).filter((id) => !finished.has(id)).length,
        });
      }
    }
  },
  evaluate(observations) {
    const isGood = (one: Outcome): boolean =>
      one.isNamed &&
      one.stopped === 0 &&
      one.refused === 78 &&
      !one.isChanged &&
      one.resumed >= MORE_RUNS &&
      one.lost === 0;
    const bad = [...new Set(observations.filter((one) => !isGood(one)).map(({ object }) => object))];
    const times = (test: (one: Outcome) => boolean): string =>
      `${observations.filter(test).length} of ${observations.length}`;
    return {
      summary: [
        `named ${times((one) => one.isNamed)}, stopped on SIGTERM ${times((one) => one.stopped === 0)}, refused unchanged at the start ${times((one) => one.refused === 78 && !one.isChanged)}`,
        `${sum(observations.map((one) => one.resumed))} runs after the removal, ${sum(observations.map((one) => one.lost))} lost`,
        ...(bad.length > 0 ? [`not as required: ${bad.join(", ")}`] : []),
      ].join("; "),
      isMet: observations.length > 0 && bad.length === 0,
    };
  },
});

/** Runs statements as another program: the foreign code itself runs only in the transactions of the loop. */
function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  database.exec(sql);
  database.close();
}

function finishedRuns(path: string): number[] {
  const database = new DatabaseSync(path);
  const rows = database.prepare("SELECT id FROM improvement_runs WHERE finished_at IS NOT NULL").all();
  database.close();
  return rows.map((row) => Number(row["id"]));
}
