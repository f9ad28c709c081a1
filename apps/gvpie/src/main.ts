import { runCommandLine } from "./command-line.ts";

// No top-level await: the bundle is a CommonJS file, which loads faster.
void runCommandLine(process.argv.slice(2)).then((code) => (process.exitCode = code));
