// Attacks the page of a loop from thousands of connections. Argument: {"port", "token", "loads", "held", "seconds"}.
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { report } from "./report-line.ts";

const { port, token, loads, held, seconds } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly port: number;
  readonly token: string;
  /** Pages that are loaded at once. */
  readonly loads: number;
  /** Connections of each kind that are held open. */
  readonly held: number;
  readonly seconds: number;
};
const HOST = `Host: 127.0.0.1:${port}\r\n`;
const TOKEN = `Authorization: Bearer ${token}\r\n`;
const page = `GET / HTTP/1.1\r\n${HOST}${TOKEN}Connection: close\r\n\r\n`;
const until = performance.now() + seconds * 1_000;

/** Replies by kind of request and status; `closed` for a connection without a reply. */
const replies: Record<string, Record<string, number>> = {};

function open(text: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.on("connect", () => socket.write(text));
  return socket;
}

/** Sends a request, and counts the status of its reply. */
function ask(kind: string, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = open(text);
  let head = "";
  socket.on("data", (chunk) => {
    if (head.length < 16) head += chunk.toString("latin1");
  });
  socket.on("close", () => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? "closed";
    const counts = (replies[kind] ??= {});
    counts[status] = (counts[status] ?? 0) + 1;
    resolve();
  });
  return promise;
}

/** Keeps connections of one kind open, and opens another for each that the server closes. */
async function hold(text: string, work: (socket: Socket) => void): Promise<void> {
  const sockets = new Set<Socket>();
  while (performance.now() < until) {
    while (sockets.size < held) {
      const socket = open(text);
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      work(socket);
    }
    await sleep(200);
  }
  for (const socket of sockets) socket.destroy();
}

async function foreign(): Promise<void> {
  const post = `POST /pause HTTP/1.1\r\n${HOST}`;
  const body = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\npaused=1";
  while (performance.now() < until) {
    await Promise.all([
      ask("host", `GET / HTTP/1.1\r\nHost: evil.example:${port}\r\n${TOKEN}Connection: close\r\n\r\n`),
      ask("origin", `${post}Origin: http://evil.example\r\nConnection: close\r\n${body}`),
      ask(
        "login",
        `POST /login HTTP/1.1\r\n${HOST}Origin: http://evil.example\r\nConnection: close\r\n${body}`,
      ),
      ask(
        "token",
        `GET / HTTP/1.1\r\n${HOST}Authorization: Bearer ${"x".repeat(43)}\r\nConnection: close\r\n\r\n`,
      ),
    ]);
    await sleep(50);
  }
}

const slowWriters = (socket: Socket): void => {
  const timer = setInterval(() => socket.write("x"), 500);
  socket.once("close", () => clearInterval(timer));
};
report({ type: "flooding" });
await Promise.all([
  Promise.all(Array.from({ length: loads }, () => ask("page", page))),
  hold(page.replace("close", "keep-alive").repeat(50), (socket) => socket.pause()),
  hold(`GET /events HTTP/1.1\r\n${HOST}${TOKEN}\r\n`, (socket) => socket.pause()),
  hold(`POST /pause HTTP/1.1\r\n${HOST}${TOKEN}Content-Length: 60000\r\n\r\n`, slowWriters),
  hold("GET / HTTP/1.1\r\nX: ", slowWriters),
  foreign(),
]);
report({ type: "done", replies });
process.exit(0);
