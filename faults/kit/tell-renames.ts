// Loaded before a server: tells, one JSON object a line, of every command that it claims from the slot and every picture that
// it publishes there. The real rename is done first.
import fs, { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const rename = fs.renameSync;
fs.renameSync = (from, to) => {
  rename(from, to);
  if (String(from).endsWith("/cmd.json")) writeSync(1, '{"type":"slot claimed"}\n');
  if (String(to).endsWith("/out.raw")) writeSync(1, '{"type":"slot published"}\n');
};
syncBuiltinESMExports();
