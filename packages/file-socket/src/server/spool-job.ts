import type { RequestName } from "../protocol/names.ts";
import type { ReplySigner } from "../protocol/reply.ts";
import type { RequestHeader } from "../protocol/request-head.ts";
import type { RequestGrant } from "../types.ts";

/** A request that waits or runs. */
export interface SpoolJob extends RequestName {
  /** The current path of its file. */
  path: string;
  /** Number of claims so far. */
  attempts: number;
  readonly bytes: number;
  /** The moment at which it was written, on the monotonic clock. */
  readonly writtenAt: number;
  /** The unit of fairness: the client's name if capabilities are off. */
  readonly lane: string;
  /** Signs the reply, if the request has a head that could be read. */
  readonly signer?: ReplySigner | undefined;
  /** Undefined for a request without a capability, or if that is refused. */
  readonly proof?: Proof | undefined;
  /** Ends the counts of an admitted request in the blocks of its capability. */
  readonly endCounts?: (() => void) | undefined;
}

/** The facts of a request whose capability and signature were checked. */
export interface Proof {
  readonly grant: RequestGrant;
  readonly header: RequestHeader;
  /** Length of the head. */
  readonly headBytes: number;
  /** Id of the capability's last block. */
  readonly leaf: string;
}

/** A request whose head has not been examined. */
export interface Arrival extends RequestName {
  readonly path: string;
  readonly attempts: number;
  /** The last moment at which the file did not exist, on the monotonic clock; undefined if unknown. */
  readonly lastAbsent: number | undefined;
}

/** The parts of a server that take the requests found in the directory. */
export interface Entrance {
  /** Takes a request that may run. */
  readonly admit: (job: SpoolJob) => void;
  /** Takes a request whose capability is to be checked first. Undefined if capabilities are off. */
  readonly examine: ((arrival: Arrival) => void) | undefined;
  /** True if a request of this name was verified before. */
  readonly isKnown: (client: string) => boolean;
}
