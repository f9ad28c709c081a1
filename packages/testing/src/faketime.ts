import { globSync } from "node:fs";

/** Returns the path of libfaketime, from Debian's package faketime; undefined if it is not installed. */
export function findFaketime(): string | undefined {
  return globSync("/usr/lib/{,*/}faketime/libfaketimeMT.so.1")[0];
}

/**
 * Returns an environment in which a process reads the offset of its wall clock, such as `+3600`, from the file at
 * `path` each time. Its other clocks and the times of files stay real, as when a user sets the time.
 */
export function faketimeEnvironment(library: string, path: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
}
