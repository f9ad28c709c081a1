import { spawn } from "node:child_process";
import { Socket } from "node:net";

import { receive, type RenderRequest, send } from "../src/process/wire.ts";

/** Gets frames from a process that draws in no time: less than that no frame from a GPU process can cost. */
export interface Handover {
  (into: Uint8ClampedArray): Promise<void>;
  end(): void;
}

/** What the other process is started with, instead of a bench. */
export const ANSWER_FLAG = "--answer";

export function startHandover(): Handover {
  const [main = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, main, ANSWER_FLAG], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const socket = child.stdio[3] as Socket;
  let target: Uint8ClampedArray | undefined;
  let arrived = Promise.withResolvers<void>();
  receive(socket, { onHeader: () => target, onPayload: () => arrived.resolve() });
  const handover = async (into: Uint8ClampedArray) => {
    target = into;
    arrived = Promise.withResolvers();
    const options = { width: into.length / 4, height: 1 };
    send(socket, { id: 0, program: "", options, wantsWarnings: false });
    await arrived.promise;
  };
  return Object.assign(handover, { end: () => socket.end() });
}

/** The other side: sends memory of the size asked for, always the same. */
export function answerHandovers(): void {
  const socket = new Socket({ fd: 3 });
  const info = { backend: "webgpu", adapter: "", fallback: false } as const;
  let frame = new Uint8ClampedArray(0);
  receive(socket, {
    onHeader: () => undefined,
    onPayload(header) {
      const { id, options } = header as RenderRequest;
      const { width = 1, height = 1 } = options;
      if (frame.length !== width * height * 4) frame = new Uint8ClampedArray(width * height * 4);
      send(socket, { type: "frame", id, width, height, info, warnings: [] }, frame);
    },
  });
}
