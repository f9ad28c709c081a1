/** Limits of a python script. */
export const PYTHON_LIMITS = {
  /** Memory of all its processes together, and address space of each. */
  memoryBytes: 268_435_456,
  /** Processes and threads, including those of the sandbox. */
  processes: 16,
  /** Processor time of all its processes together, and of each. */
  cpuSeconds: 2,
  wallMs: 5_000,
  /** Size of one file. */
  fileBytes: 8_388_608,
  /** Size of all files in its /tmp. */
  tmpBytes: 16_777_216,
  descriptors: 32,
  /** Size of stdout, and of stderr. */
  outputBytes: 65_536,
} as const;
