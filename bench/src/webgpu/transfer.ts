import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { HARD_LIMITS, toPortable } from "@gvpie/raster";
import { receive, type RenderRequest, send } from "@gvpie/raster-webgpu/internal";

/** Gets a frame from a process that sends it without drawing: the least work for a frame from a GPU process. */
export interface Transfer {
  (into: Uint8ClampedArray): Promise<void>;
  end(): void;
}

/** Argument that starts this program as the sending process. */
export const SENDER_FLAG = "--sender";

export function startTransfer(): Transfer {
  const [main = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, main, SENDER_FLAG], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const socket = child.stdio[3] as Socket;
  let target: Uint8ClampedArray | undefined;
  let arrived = Promise.withResolvers<void>();
  receive(socket, { onHeader: () => target, onPayload: () => arrived.resolve() });
  const transfer = async (into: Uint8ClampedArray) => {
    target = into;
    arrived = Promise.withResolvers();
    const request = toPortable("", { width: into.length / 4, height: 1, limits: HARD_LIMITS });
    send(socket, { id: 0, request, wantsWarnings: false });
    await arrived.promise;
  };
  return Object.assign(transfer, { end: () => socket.end() });
}

/** Runs the sending process: replies to each request with the same memory, of the requested size. */
export function runSender(): void {
  const socket = new Socket({ fd: 3 });
  const info = { backend: "webgpu", adapter: "", fallback: false } as const;
  let frame = new Uint8ClampedArray(0);
  receive(socket, {
    onHeader: () => undefined,
    onPayload(header) {
      const { id, request } = header as RenderRequest;
      const { width = 128, height = 64 } = request;
      if (frame.length !== width * height * 4) frame = new Uint8ClampedArray(width * height * 4);
      send(socket, { type: "frame", id, width, height, animation: undefined, info, warnings: [] }, frame);
    },
  });
}
