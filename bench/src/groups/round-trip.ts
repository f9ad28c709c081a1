import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createFileSocketClient } from "@gvpie/file-socket";
import { Agent, request } from "undici";
import { type Effort, shuffled, summaryOfRuns } from "../harness.ts";
import { inFolder, places } from "../places.ts";
import { startScript } from "../processes.ts";
import type { RaceResult, Timing } from "../results.ts";

/** Canvas sizes. A request has about 100 bytes; the replies have 32 KB, 8.3 MB and 33 MB. */
const sizes = [
  { name: "32 KB", width: 128, height: 64, rounds: 2000 },
  { name: "8 MB", width: 1920, height: 1080, rounds: 150 },
  { name: "33 MB", width: 3840, height: 2160, rounds: 50 },
] as const;
const program = `TXT 10 10 ${"x".repeat(80)}`;

/** A transport that fetches `width * height * 4` bytes from the other process. */
interface Transport {
  readonly name: string;
  readonly role: Timing["role"];
  fetch(width: number, height: number): Promise<Uint8Array | Uint8ClampedArray>;
}

/** Round trips between two processes, on tmpfs and on the disk: the spool beside a unix socket and HTTP. */
export async function* roundTrips(effort: Effort): AsyncGenerator<RaceResult> {
  for (const place of places) {
    yield* inFolder(place, async function* (dir) {
      await using server = startScript("round-trip-server.ts", [dir]);
      const port = await server.waitForLine(/^\d+$/);
      const transports = await connectAll(dir, port);
      for (const size of sizes) yield await measure(place.name, size, transports, effort);
    });
  }
}

async function measure(
  place: string,
  { name, width, height, rounds }: (typeof sizes)[number],
  transports: Transport[],
  { scale }: Effort,
): Promise<RaceResult> {
  const samples = new Map(transports.map((transport) => [transport, new Array<number>()]));
  for (let round = -20; round < rounds * scale; round++) {
    for (const transport of shuffled(transports)) {
      const start = performance.now();
      const reply = await transport.fetch(width, height);
      const us = (performance.now() - start) * 1000;
      const bytes = width * height * 4;
      if (reply.length !== bytes) {
        throw new Error(`${transport.name}: expected ${bytes} bytes, got ${reply.length}`);
      }
      if (round >= 0) samples.get(transport)?.push(us);
    }
  }
  return {
    kind: "race",
    id: `round-trip/${place}/${name}`,
    title: `round trip, ${name} reply, ${place}`,
    timings: [...samples].map(([{ name, role }, taken]) => ({ name, role, ...summaryOfRuns(taken) })),
  };
}

async function connectAll(dir: string, port: string): Promise<Transport[]> {
  const spool = createFileSocketClient({ dir: join(dir, "spool") });
  const unix = new UnixClient(connect(join(dir, "unix.sock")));
  const keepAlive = new Agent({ connections: 1, pipelining: 1 });
  const http = async (bytes: number, dispatcher: Agent): Promise<Uint8Array> => {
    const { body } = await request(`http://127.0.0.1:${port}/${bytes}`, {
      method: "POST",
      body: program,
      dispatcher,
    });
    return new Uint8Array(await body.arrayBuffer());
  };
  await spool.ping();
  let frame = new Uint8ClampedArray();
  return [
    {
      name: "spool, reused frame",
      role: "ours",
      async fetch(width, height) {
        if (frame.length !== width * height * 4) frame = new Uint8ClampedArray(width * height * 4);
        return (await spool.render(program, { width, height, into: frame })).data;
      },
    },
    {
      name: "spool, new frame",
      role: "ours",
      fetch: async (width, height) => (await spool.render(program, { width, height })).data,
    },
    { name: "unix socket", role: "peer", fetch: (width, height) => unix.fetch(width * height * 4) },
    { name: "HTTP keep-alive", role: "peer", fetch: (width, height) => http(width * height * 4, keepAlive) },
    {
      name: "HTTP, fresh connection",
      role: "peer",
      async fetch(width, height) {
        const once = new Agent({ connections: 1 });
        const reply = await http(width * height * 4, once);
        await once.close();
        return reply;
      },
    },
  ];
}

/** Length-prefixed messages over one connection. */
class UnixClient {
  readonly #socket: Socket;
  #take: (chunk: Buffer) => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  fetch(bytes: number): Promise<Uint8Array> {
    const message = Buffer.alloc(104);
    message.writeUInt32LE(100, 0);
    message.writeUInt32LE(bytes, 4);
    return new Promise((resolve) => {
      const reply = Buffer.allocUnsafe(bytes + 4);
      let filled = 0;
      this.#take = (chunk) => {
        filled += chunk.copy(reply, filled);
        if (filled === reply.length) resolve(reply.subarray(4));
      };
      this.#socket.write(message);
    });
  }
}
