/** Writes a message to stdout as one line of JSON. */
export function report(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
