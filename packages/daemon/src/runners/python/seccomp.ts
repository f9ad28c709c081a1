import { Buffer } from "node:buffer";

/** Architectures by their name in Node: the number in the kernel's `audit.h`, and the column of the tables below. */
const ARCHITECTURES = {
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
} as const;

/** The newest system call that was examined. Those added to Linux later fail with ENOSYS, as on an older kernel. */
const LAST_KNOWN = 450;

type Numbers = readonly [x64: number, arm64: number];

/**
 * System calls that Python does not need. They are refused although most need privileges, because each is a way into the kernel.
 * 0: the architecture does not have it.
 */
const REFUSED: Readonly<Record<string, Numbers>> = {
  // Keys of the daemon and of its user.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // Interfaces with a long history of vulnerabilities.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  memfd_secret: [447, 447],
  vmsplice: [278, 75],
  modify_ldt: [154, 0],
  personality: [135, 92],
  fanotify_init: [300, 262],
  fanotify_mark: [301, 263],
  // Other processes.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  kcmp: [312, 272],
  // Namespaces and file systems.
  unshare: [272, 97],
  setns: [308, 268],
  chroot: [161, 51],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  lookup_dcookie: [212, 18],
  nfsservctl: [180, 42],
  sysfs: [139, 0],
  ustat: [136, 0],
  uselib: [134, 0],
  // The machine as a whole.
  acct: [163, 89],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  clock_settime: [227, 112],
  settimeofday: [164, 170],
  create_module: [174, 0],
  delete_module: [176, 106],
  finit_module: [313, 273],
  get_kernel_syms: [177, 0],
  init_module: [175, 105],
  query_module: [178, 0],
  ioperm: [173, 0],
  iopl: [172, 0],
  kexec_file_load: [320, 294],
  kexec_load: [246, 104],
  reboot: [169, 142],
  setdomainname: [171, 162],
  sethostname: [170, 161],
  swapoff: [168, 225],
  swapon: [167, 224],
  syslog: [103, 116],
  _sysctl: [156, 0],
  vhangup: [153, 58],
  // Placement of memory.
  get_mempolicy: [239, 236],
  mbind: [237, 235],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  set_mempolicy: [238, 237],
  set_mempolicy_home_node: [450, 450],
};

const CLONE: Numbers = [56, 220];
/** Its flags are in memory, where a filter cannot read them. The C library uses `clone` instead if it does not exist. */
const CLONE3: Numbers = [435, 435];
const SOCKET: Numbers = [41, 198];
/** The system call that joins a new session keyring. */
export const KEYCTL: Numbers = [250, 219];

// linux/filter.h and linux/seccomp.h
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_GREATER = 0x25;
const JUMP_IF_SET = 0x45;
const RETURN = 0x06;
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const FIRST_ARGUMENT_OFFSET = 16;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const FAIL = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
/** All flags of `clone` that create a namespace. */
const CLONE_NEW = 0x7e020000;
const AF_UNIX = 1;

function architecture(): { readonly audit: number; readonly column: 0 | 1 } | undefined {
  const { arch } = process;
  return arch === "x64" || arch === "arm64" ? ARCHITECTURES[arch] : undefined;
}

/** Returns the column of this machine in the tables of numbers; undefined if the filter does not support it. */
export function systemCallColumn(): 0 | 1 | undefined {
  return architecture()?.column;
}

/**
 * Returns a filter of system calls for `bwrap --seccomp`: seccomp(2). The calls above fail with EPERM, sockets other than those of
 * AF_UNIX with EAFNOSUPPORT, new namespaces with EPERM. A call of another architecture, such as a 32-bit one, kills the process.
 * Undefined if this architecture is not supported.
 */
export function compileSystemCallFilter(): Buffer | undefined {
  const found = architecture();
  if (found === undefined) return undefined;
  const { audit, column } = found;
  const program: number[][] = [];
  const add = (code: number, value: number, ifTrue = 0, ifFalse = 0): unknown =>
    program.push([code, ifTrue, ifFalse, value]);
  const failIfEqual = (value: number, error: number): void => {
    add(JUMP_IF_EQUAL, value, 0, 1);
    add(RETURN, FAIL | error);
  };

  add(LOAD, ARCHITECTURE_OFFSET);
  add(JUMP_IF_EQUAL, audit, 1, 0);
  add(RETURN, KILL_PROCESS);
  add(LOAD, NUMBER_OFFSET);
  // The calls of x32 have bit 30 set.
  add(JUMP_IF_GREATER, LAST_KNOWN, 0, 1);
  add(RETURN, FAIL | ENOSYS);
  failIfEqual(CLONE3[column], ENOSYS);
  for (const numbers of Object.values(REFUSED)) {
    if (numbers[column] !== 0) failIfEqual(numbers[column], EPERM);
  }

  add(JUMP_IF_EQUAL, CLONE[column], 0, 4);
  add(LOAD, FIRST_ARGUMENT_OFFSET);
  add(JUMP_IF_SET, CLONE_NEW, 0, 1);
  add(RETURN, FAIL | EPERM);
  add(RETURN, ALLOW);

  add(JUMP_IF_EQUAL, SOCKET[column], 0, 3);
  add(LOAD, FIRST_ARGUMENT_OFFSET);
  add(JUMP_IF_EQUAL, AF_UNIX, 1, 0);
  add(RETURN, FAIL | EAFNOSUPPORT);
  add(RETURN, ALLOW);
  return encode(program);
}

/** Encodes `struct sock_filter` in little-endian order, which both architectures have. */
function encode(program: readonly number[][]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code = 0, ifTrue = 0, ifFalse = 0, value = 0], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  });
  return bytes;
}
