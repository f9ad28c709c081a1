import { createServer } from "node:http";
import { createServer as createUnixServer } from "node:net";
import { join } from "node:path";
import { createFileSocketServer } from "@gvpie/file-socket";

// The server process of the round-trip group: it serves one payload over each transport compared.
// usage: round-trip-server.ts <directory>; prints the HTTP port when ready. A request states the number of bytes to return.

const [dir = ""] = process.argv.slice(2);
const payload = Buffer.alloc(64 * 1024 * 1024, 0x5a);
const first = (bytes: number): Buffer => payload.subarray(0, bytes);

await createFileSocketServer({
  dir: join(dir, "spool"),
  limits: { minFreeBytes: 0 },
  render: ({ width = 128, height = 64 }) => ({
    width,
    height,
    data: first(width * height * 4),
    backend: "none",
    adapter: "none",
  }),
});

createUnixServer((socket) => {
  // A 4-byte length, then a 100-byte request whose first 4 bytes are the size of the reply.
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32LE(0)) {
      const length = pending.readUInt32LE(0);
      const bytes = pending.readUInt32LE(4);
      pending = pending.subarray(4 + length);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(bytes);
      socket.write(head);
      socket.write(first(bytes));
    }
  });
}).listen(join(dir, "unix.sock"));

const http = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end(first(Number(request.url?.slice(1)))));
});
http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  if (address !== null && typeof address === "object") console.log(address.port);
});
