import { spawnSync } from "node:child_process";
import { startProcess, type TestProcess } from "./process.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";

// The sender of a barrier waits until its descriptor is closed.
const RECEIVER = `
import json, os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(65536, 1024)
    for _, _, descriptors in ancillary:
        for i in range(0, len(descriptors), 4):
            os.close(int.from_bytes(descriptors[i : i + 4], sys.byteorder))
    for line in data.decode().splitlines():
        if line != "BARRIER=1":
            print(json.dumps({"assignment": line}), flush=True)
`;

/** Receives the messages that a service sends to its service manager. */
export interface ServiceManager extends AsyncDisposable {
  /** The value of `NOTIFY_SOCKET` for the service. */
  readonly socket: string;
  /** Assignments such as `READY=1`, in the order of their arrival. */
  readonly received: readonly string[];
  /** Resolves once an assignment has arrived that matches. */
  waitFor(pattern: RegExp): Promise<string>;
}

/** Starts a process that listens as systemd does. Needs python3. */
export async function startServiceManager(): Promise<ServiceManager> {
  const directory = createTemporaryDirectory();
  const socket = directory.join("notify");
  const receiver: TestProcess = startProcess("python3", ["-c", RECEIVER, socket]);
  await receiver.waitForLine("bound");
  const received = (): string[] => receiver.messages.map(({ assignment }) => String(assignment));
  return {
    socket,
    get received() {
      return received();
    },
    waitFor: (pattern) =>
      receiver.waitFor(() => received().find((one) => pattern.test(one)), `an assignment ${pattern}`),
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** True if the program systemd-notify is installed. */
export function hasSystemdNotify(): boolean {
  return spawnSync("systemd-notify", ["--version"]).status === 0;
}
