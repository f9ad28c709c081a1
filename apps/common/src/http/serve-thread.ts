import { parentPort, workerData } from "node:worker_threads";
import { MainPort } from "./main-port.ts";
import type { FromThread, ThreadData, ToThread } from "./messages.ts";
import { createHttpServer, type HttpServer } from "./server.ts";
import type { HttpApp, MainThread } from "./types.ts";

/**
 * Runs the server of {@link startHttpThread}; the module of the thread calls it once.
 *
 * @param open returns the app's parts; `data` is that of the options.
 */
export async function serveHttpThread(
  open: (main: MainThread, data: unknown) => HttpApp | Promise<HttpApp>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("expected to run in a worker thread");
  const send = (message: FromThread): void => port.postMessage(message, []);
  const { app: data, ...options } = workerData as ThreadData;
  const main = new MainPort(port);
  let server: HttpServer;
  try {
    const app = await open(main, data);
    server = await createHttpServer({ ...options, app, main });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    send({ type: "refused", code, message });
    port.close();
    return;
  }
  port.on("message", (message: ToThread) => {
    // Nothing then keeps the thread alive.
    if (message.type === "close") void server.close().finally(() => port.close());
  });
  send({ type: "listening", port: server.port });
}
