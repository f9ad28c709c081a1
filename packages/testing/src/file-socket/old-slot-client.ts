import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { waitUntil } from "../wait-until.ts";

/** The single steps of a client that speaks the slot protocol: `cmd.json` in, `out.raw` or `err.json` out. */
export class OldSlotClient {
  readonly command: string;
  readonly output: string;
  readonly error: string;

  constructor(dir: string) {
    this.command = `${dir}/cmd.json`;
    this.output = `${dir}/out.raw`;
    this.error = `${dir}/err.json`;
  }

  /** Writes a command in place, as old clients do. */
  write(command: object): void {
    writeFileSync(this.command, JSON.stringify(command));
  }

  writeProgram(code: string, width = 4, height = 2): void {
    this.write({ op: "render_program", code, width, height, format: "RGBA" });
  }

  /** Resolves to the reply as soon as it exists. */
  async read(timeoutMs?: number): Promise<Buffer> {
    await waitUntil(() => existsSync(this.output), { timeoutMs });
    return readFileSync(this.output);
  }

  /** Deletes the reply. */
  delete(): void {
    rmSync(this.output);
  }

  /** Resolves to the content of `err.json` as soon as it exists. */
  async readError(timeoutMs?: number): Promise<Record<string, unknown>> {
    await waitUntil(() => existsSync(this.error), { timeoutMs });
    return JSON.parse(readFileSync(this.error, "utf8")) as Record<string, unknown>;
  }
}
