import type { DaemonHelp } from "@gvpie/app-common/daemon";

/** The texts of help and of the manual page, beside the options. */
export const HELP: DaemonHelp = {
  description: [
    "Serves one directory: clients write programs into it, and the daemon draws them and writes the pixels back.",
    "It ends after SIGTERM or SIGINT, when the requests in progress are answered.",
  ].join("\n"),
  examples: [
    ["gvpie-daemon", "serve /tmp/gvpie, the default directory of the clients"],
    ["gvpie-daemon --dir ~/gvpie --backend cpu", "another directory, without a graphics card"],
    ["gvpie-daemon --http 127.0.0.1:8438 --log-format json", "with metrics, and the log as JSON"],
    [
      "gvpie-daemon --capabilities require --root-key root.pub --server-key server",
      "render only for holders of a capability",
    ],
  ],
  seeAlso: ["zero-human-daemon(8)", "gvpie-status(1)", "gvpie-capability-issue(1)"],
};
