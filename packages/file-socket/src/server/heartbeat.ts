import { writeFile } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { bootId, startTicks } from "../process/identity.ts";
import { aboutOf, type ServerDescriptor } from "../protocol/descriptor.ts";
import { newId } from "../protocol/names.ts";
import type { SessionContext } from "./context.ts";

/** Publishes `server.json`, with a new time at every beat. */
export class Heartbeat {
  readonly #context: SessionContext;
  readonly #identity: Omit<ServerDescriptor, "heartbeatAt" | "limits">;

  constructor(context: SessionContext) {
    this.#context = context;
    const { epoch, capabilities } = context;
    const { pid } = process;
    this.#identity = { v: 1, epoch, pid, startTicks: startTicks(pid) ?? "0", bootId: bootId() ?? "" };
    if (capabilities !== undefined) this.#identity = { ...this.#identity, capabilities: capabilities.mode };
  }

  beat(heartbeatAt: number): void {
    const { tree, limits, quarantine } = this.#context;
    const about = aboutOf(this.#context.about?.());
    const descriptor: ServerDescriptor = { ...this.#identity, heartbeatAt, limits, ...(about && { about }) };
    // A name that no client can occupy before.
    const staged = `${tree.tmp}/server.${newId()}`;
    failpoint("file-socket/descriptor/before-write");
    writeFile(staged, [Buffer.from(`${JSON.stringify(descriptor)}\n`)]);
    failpoint("file-socket/descriptor/after-write");
    quarantine.publish(staged, tree.server);
    failpoint("file-socket/descriptor/after-publish");
  }
}
