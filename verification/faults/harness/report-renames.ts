// A module that Node loads before a server: reports, one JSON object a line, each command that the server claims from
// the slot and each picture that it publishes there. The real rename comes first.
import fs, { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const rename = fs.renameSync;
fs.renameSync = (from, to) => {
  rename(from, to);
  if (String(from).endsWith("/cmd.json")) writeSync(1, '{"type":"slot claimed"}\n');
  if (String(to).endsWith("/out.raw")) writeSync(1, '{"type":"slot published"}\n');
};
syncBuiltinESMExports();
