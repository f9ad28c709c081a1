/** What a python script may use. Bytes, seconds, counts. */
export const PYTHON_LIMITS = {
  /** Of all its processes together, and of the addresses of each. */
  memoryBytes: 268_435_456,
  /** Processes and threads, those of the sandbox among them. */
  processes: 16,
  cpuSeconds: 2,
  wallMs: 5_000,
  /** Of one file. */
  fileBytes: 8_388_608,
  /** Of all files in its /tmp. */
  tmpBytes: 16_777_216,
  descriptors: 32,
  /** Of stdout, and of stderr. */
  outputBytes: 65_536,
} as const;
