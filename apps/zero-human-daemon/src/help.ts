import type { DaemonHelp } from "@gvpie/app-common/daemon";

/** The texts of help and of the manual page, beside the options. */
export const HELP: DaemonHelp = {
  description: [
    "Starts the scripts of its database when they are due, saves their pictures, and records every run.",
    "It ends after SIGTERM or SIGINT, when the runs in progress are recorded.",
  ].join("\n"),
  examples: [
    ["zero-human-daemon", "run the scripts of db/daemon.db, and save to cartridges/"],
    ["zero-human-daemon --once", "run each script once, for a cron job or a first test"],
    ["zero-human-daemon --http 127.0.0.1:8437", "with the page for operators; gvpie page prints its address"],
    [
      "zero-human-daemon --keep-runs 90d --keep-cartridges 100",
      "delete runs after 90 days, and all but the newest 100 cartridges of each script",
    ],
    [
      "zero-human-daemon --on-failure ./alert.sh --on-recovery ./alert.sh",
      "run a program when a problem begins, and when it ends",
    ],
  ],
  seeAlso: ["gvpie-daemon(8)", "gvpie-status(1)", "gvpie-scripts-set(1)", "gvpie-runs-list(1)"],
};
