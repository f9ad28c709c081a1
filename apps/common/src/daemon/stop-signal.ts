/**
 * A signal that SIGINT or SIGTERM aborts, with the name of the first one as its reason. Later ones have no effect: a
 * terminal and a parent process often both send one.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => controller.abort(name);
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
