import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { until } from "./until.ts";

/** The single steps of an old client. */
export class SlotUser {
  readonly command: string;
  readonly output: string;
  readonly error: string;

  constructor(dir: string) {
    this.command = `${dir}/cmd.json`;
    this.output = `${dir}/out.raw`;
    this.error = `${dir}/err.json`;
  }

  write(command: object): void {
    writeFileSync(this.command, JSON.stringify(command));
  }

  writeProgram(code: string, width = 4, height = 2): void {
    this.write({ op: "render_program", code, width, height, format: "RGBA" });
  }

  /** The reply, as soon as it is there. */
  async read(timeoutMs?: number): Promise<Buffer> {
    await until(() => existsSync(this.output), timeoutMs);
    return readFileSync(this.output);
  }

  delete(): void {
    rmSync(this.output);
  }

  /** `err.json`, as soon as it is there. */
  async readError(timeoutMs?: number): Promise<Record<string, unknown>> {
    await until(() => existsSync(this.error), timeoutMs);
    return JSON.parse(readFileSync(this.error, "utf8")) as Record<string, unknown>;
  }
}
