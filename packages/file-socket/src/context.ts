import type { Clock } from "./process/clock.ts";
import type { RenderHandler, ServerEvent, ServerLimits } from "./types.ts";

/** What the parts of a server share. */
export interface Context {
  readonly render: RenderHandler;
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly emit: (event: ServerEvent) => void;
  /** Do something with files. A failure is reported, and the server rests for a while. */
  readonly attempt: (action: () => void) => void;
  /** While the server rests it takes nothing new; what is in hand still ends. */
  readonly isResting: () => boolean;
  /** Bytes free on the disk. */
  readonly freeBytes: () => number;
}
