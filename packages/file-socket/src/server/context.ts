import type { Clock } from "../process/clock.ts";
import type { Tree } from "../protocol/tree.ts";
import type { RenderHandler, ServerAbout, ServerEvent, ServerLimits } from "../types.ts";
import type { CapabilityContext } from "./capabilities.ts";
import type { Quarantine } from "./quarantine.ts";
import type { ReplayMemory } from "./replay-memory.ts";
import type { UnreadReplies } from "./unread.ts";

/** The options of a server, and its error handling. Shared by all its sessions. */
export interface ServerContext {
  readonly render: RenderHandler;
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly emit: (event: ServerEvent) => void;
  /** Runs file operations. If they throw, the error is reported and the server backs off. */
  readonly attempt: (action: () => void) => void;
  /** True while the server backs off: it finishes work in progress, but takes no new work. */
  readonly isBackingOff: () => boolean;
  /** Counts that are not reported as events. */
  readonly counts: { overloaded: number };
  /** Undefined if the server does not describe itself. */
  readonly about: (() => ServerAbout) | undefined;
  /** Undefined if capabilities are off. */
  readonly capabilities: CapabilityContext | undefined;
}

/** The context of one session. Each part of it takes this one object and owns only its own state. */
export interface SessionContext extends ServerContext {
  readonly tree: Tree;
  /** The session's ULID, part of the names of the files that it claims and stages. */
  readonly epoch: string;
  readonly quarantine: Quarantine;
  readonly capabilities: SessionCapabilities | undefined;
}

export interface SessionCapabilities extends CapabilityContext {
  readonly replays: ReplayMemory;
  readonly unread: UnreadReplies;
}
