/** Exit codes of both daemons; 75 and 78 are EX_TEMPFAIL and EX_CONFIG of sysexits.h. */
export const ExitCode = {
  ok: 0,
  /** With `--once`: a run failed, or stdout could not be written. */
  failed: 1,
  usage: 2,
  /** Another process holds the database or the directory, the disk is full, or the system lacks another resource. */
  temporary: 75,
  /** The database, the directory or the backend cannot be used, or the limit on open files is too low. */
  config: 78,
} as const;
