import type { KeyObject } from "node:crypto";
import type { Clock } from "./process/clock.ts";

/** The facts of an animation. */
export interface FrameAnimation {
  /** Number of frames, at least 1. */
  readonly frames: number;
  /** Milliseconds that each frame is shown. */
  readonly delayMs: number;
}

/** A rendered picture, or all frames of an animation. */
export interface RenderReply {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Raw RGBA, `width * height * 4` bytes: frame 0, or every frame in order if the request asks for all of them. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** The backend that rendered it, e.g. `cpu`. */
  readonly backend: string;
  /** The adapter that rendered it, e.g. `cpu`. */
  readonly adapter: string;
  /** Absent for a program without an animation. */
  readonly animation?: FrameAnimation;
}

/**
 * Values for the parameters of a program, by name: at most 256. A name is an ASCII letter or `_`, then up to 63 letters,
 * digits and `_`. A value is a string of at most 65,536 UTF-16 code units, or a safe integer.
 */
export type RequestParams = Readonly<Record<string, string | number>>;

/** A validated request for the renderer. */
export interface RenderRequest {
  /** Source text of the program. */
  readonly code: string;
  /** Pixels, 1 … 2³²−1; the handler applies its own limits. Undefined if the program decides; never in the slot. */
  readonly width: number | undefined;
  /** Pixels, as `width`. */
  readonly height: number | undefined;
  /** `#rrggbbaa`; undefined for the default. */
  readonly background: string | undefined;
  /** Values for the program's parameters; undefined if the request has none. */
  readonly params: RequestParams | undefined;
  /** `all` to render every frame of an animation; undefined for frame 0. Never in the slot. */
  readonly frames: "all" | undefined;
}

/** One use of a capability: the facts of a request that its limits are compared with. */
export interface GrantUse {
  readonly operation: "render_program" | "ping";
  /** Source of the program; absent for `ping`. */
  readonly code?: string;
  /** Names of the parameters that the request gives. */
  readonly params?: readonly string[];
  /** Pixels of the requested canvas, as far as the request states them. */
  readonly pixels?: number;
}

/**
 * The right of a verified capability to use a server; `@gvpie/capability` makes it. Its methods throw an error with a `code` and, if a
 * later request may succeed, `retryAfterMs`: the request is then answered `busy`, otherwise `forbidden`.
 */
export interface RequestGrant {
  readonly capability: {
    readonly text: string;
    /** The first block is the unit of fairness. */
    readonly blocks: readonly [{ readonly id: string }, ...{ readonly id: string }[]];
    /** The Ed25519 key that signs the requests: 32 bytes in base64url. */
    readonly key: { readonly x: string };
  };
  /** Throws if the capability is not valid now. */
  checkNow(): void;
  /** Throws if the request exceeds a limit. */
  checkUse(use: GrantUse): void;
  /** Counts a request that waits and runs, or throws. The result ends the count. */
  admit(load: { readonly bytes: number }): () => void;
  /** Counts an unread reply, or throws. The result ends the count. */
  admitUnread(bytes: number): () => void;
}

/** Verifies capabilities; `createAuthority` of `@gvpie/capability` makes it. */
export interface RequestAuthority<G extends RequestGrant = RequestGrant> {
  /** Returns the grant of a capability that was verified before. */
  known(text: string): G | undefined;
  /** Verifies a capability, or throws. */
  open(text: string): Promise<G>;
}

/** A line of the audit. */
export interface AuditRecord {
  readonly type: "refused" | "first-use";
  readonly via: "slot" | "spool";
  /** Of the refusal. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Id of the request. */
  readonly id?: string | undefined;
  /** Name of the client. */
  readonly client?: string | undefined;
  /** The verified capability of the request, if it had one. */
  readonly capability?: RequestGrant["capability"] | undefined;
}

/** Makes a server check who may use it. */
export interface ServerCapabilities<G extends RequestGrant = RequestGrant> {
  /** `accept` serves requests without a capability, and the slot, from one small lane. `require` refuses them. */
  readonly mode: "accept" | "require";
  readonly authority: RequestAuthority<G>;
  /** The server's Ed25519 private key. It signs the reply to each request with a capability. */
  readonly key: KeyObject;
  /** Path of the file that remembers the answered requests across restarts, outside the served directory. */
  readonly answeredFile: string;
  readonly onAudit?: ((record: AuditRecord) => void) | undefined;
}

/** A capability with the key that proves its possession. */
export interface ClientCapability {
  readonly text: string;
  /** The Ed25519 private key of the last block. */
  readonly key: KeyObject;
  /** Thumbprint of the server's key. Needed if the capability names several servers. */
  readonly server?: string | undefined;
}

/** The conditions under which a handler renders. */
export interface RenderContext<G extends RequestGrant = RequestGrant> {
  /** The grant of the request's capability; undefined if the request has none. */
  readonly grant?: G | undefined;
  /** Aborted at the deadline, when a newer slot command waits, and when the server closes. */
  readonly signal: AbortSignal;
  /** Milliseconds on the server's monotonic clock, by default that of `performance.now()`. */
  readonly deadline: number;
  readonly via: "slot" | "spool";
}

/**
 * Renders a request. Throws a {@link RequestError} to send that error to the client; any other error is `internal`.
 * The reply's `data` is written before the event loop turns again, so a synchronous handler may reuse one buffer.
 */
export type RenderHandler<G extends RequestGrant = RequestGrant> = (
  request: RenderRequest,
  context: RenderContext<G>,
) => RenderReply | Promise<RenderReply>;

/** One diagnostic of a program, as the parser reports it. */
export interface WireDiagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly length: number;
}

/** The outcome of a request. */
export type ReplyStatus =
  | "ok"
  | "bad_request"
  | "bad_program"
  | "too_large"
  | "forbidden"
  | "busy"
  | "expired"
  | "internal"
  | "poison";

/** The limits of one server. Published in `server.json`. */
export interface ServerLimits {
  /** Bytes of one request file. Default 32 MiB; at most 64 MiB. */
  readonly requestBytes: number;
  /** Pixels of one reply: of its canvas, or of all frames. Default 16,777,216; at most 67,108,864. */
  readonly pixels: number;
  /** Milliseconds until a spool request without a `ttlMs` expires. Default 10,000; at most 60,000. */
  readonly ttlMs: number;
  /** Milliseconds that a slot command may render. Default 1,500; at most 1,900. */
  readonly slotMs: number;
  /** Requests of one client that wait or run. Default 8. */
  readonly outstandingPerClient: number;
  /** Requests that wait or run. Default 256. */
  readonly outstanding: number;
  /** Bytes of all requests that wait or run. Default 64 MiB. */
  readonly queuedBytes: number;
  /** Bytes that stay free on the disk, and at least twice the reply. Default 64 MiB; 0 disables the check. */
  readonly minFreeBytes: number;
  /** Renders in progress; one client may have at most half of them, rounded up. Default 8. */
  readonly concurrency: number;
}

/** An event for the operator's log. */
export interface ServerEvent {
  readonly type:
    | "answered"
    | "refused"
    | "dropped"
    | "quarantined"
    | "stuck"
    | "purged"
    | "requeued"
    | "storage"
    | "recovered";
  readonly level: "debug" | "info" | "warn" | "error";
  /** One line for people. */
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface FileSocketServerOptions<G extends RequestGrant = RequestGrant> {
  /** The directory to serve. Created with mode 0700 if it is missing. */
  readonly dir: string;
  readonly render: RenderHandler<G>;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly clock?: Clock | undefined;
  /** Receives the server's events. The server itself does not log. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
  /** Describes the server in `server.json`. Called at every heartbeat. */
  readonly about?: (() => ServerAbout) | undefined;
  /** Makes the server check who may use it. Default: any process that can write in the directory may. */
  readonly capabilities?: ServerCapabilities<G> | undefined;
}

/** A server as it describes itself in `server.json`, for operators. */
export interface ServerAbout {
  /** The version of the program. */
  readonly version: string;
  /** The name of the machine. */
  readonly host: string;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  /** The backend that renders now, such as `cpu`. */
  readonly backend: string;
  /** The adapter that renders now. */
  readonly adapter: string;
}

/** The facts about a server in the files of its directory, which another process of the same user may have written. */
export interface ServerStatus {
  /**
   * `running`: it has reported within the last 5 s. `stale`: it has not, and has not closed. `absent`: no server has run in the
   * directory, or the last one has closed.
   */
  readonly state: "running" | "stale" | "absent";
  /** True if a process with its id and start time exists. False also for a server in another container. */
  readonly isProcessFound: boolean;
  readonly pid?: number;
  /** Milliseconds since the last heartbeat, by the wall clock. */
  readonly heartbeatAgeMs?: number;
  readonly capabilities?: "accept" | "require";
  /** Absent if the server does not describe itself, or not in the form of {@link ServerAbout}. */
  readonly about?: ServerAbout;
}

/** The load of a server. */
export interface ServerLoad {
  /** False while the directory cannot be used. */
  readonly isServing: boolean;
  /** Spool requests that wait or run. */
  readonly outstanding: number;
  /** Requests beyond the limits that were refused as `busy` since the start; they cause no events. */
  readonly overloaded: number;
}

/** A running server. */
export interface FileSocketServer extends AsyncDisposable {
  /** The absolute path of the served directory. */
  readonly dir: string;
  readonly limits: ServerLimits;
  /** Returns the present load. */
  load(): ServerLoad;
  /**
   * Counts the replies in the spool that no client has removed, among those of this server. It looks at 4,096 names at most; of
   * the folders beyond, it counts the replies as last known.
   */
  countUnreadReplies(): number;
  /**
   * Accepts no new requests, finishes those in progress for up to 1.5 s, and releases the directory. Unfinished requests
   * are returned for the next server.
   */
  close(): Promise<void>;
}

export interface FileSocketClientOptions {
  /** The served directory. It need not exist yet. */
  readonly dir: string;
  /** Sent with every request. The client then accepts only replies that the capability's server has signed. */
  readonly capability?: ClientCapability | undefined;
}

/** Options of a request for all frames. */
export interface ClientFramesOptions {
  /** Pixels. Default: that of the program's `CANVAS`, else 128. */
  readonly width?: number | undefined;
  /** Pixels. Default: that of the program's `CANVAS`, else 64. */
  readonly height?: number | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. Default: that of the program's `CANVAS`, else opaque black. */
  readonly background?: string | undefined;
  /** Values for the program's parameters, in place of the defaults of its `PARAM` lines. */
  readonly params?: RequestParams | undefined;
  /** In place of the client's capability. */
  readonly capability?: ClientCapability | undefined;
  /** When aborted, the request is withdrawn and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 1 … 60,000. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** Options of a request for one picture. */
export interface ClientRenderOptions extends ClientFramesOptions {
  /**
   * Memory of `width * height * 4` bytes for the pixels; it becomes the reply's `data`. Saves time for large pictures, for
   * which fresh memory costs more than the read. Its content is undefined if the call rejects.
   */
  readonly into?: Uint8ClampedArray | undefined;
}

/** A picture with its timings. */
export interface ClientReply extends RenderReply {
  /** Frame 0 of an animation. */
  readonly data: Uint8ClampedArray;
  /** Milliseconds that the request waited at the server. */
  readonly queuedMs: number;
  /** Milliseconds that the renderer took. */
  readonly renderMs: number;
}

/** All frames of an animation with their timings; one frame for a program without one. */
export interface ClientFrames extends Omit<ClientReply, "data"> {
  /** The raw RGBA of each frame, in order, in one memory. */
  readonly frames: readonly [Uint8ClampedArray, ...Uint8ClampedArray[]];
}

export interface ClientPingOptions {
  /** In place of the client's capability. */
  readonly capability?: ClientCapability | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 1 … 60,000. Default 2,000. */
  readonly timeoutMs?: number | undefined;
}

/** A client of a served directory. Many calls may be in progress; those beyond the server's limit wait in the client. */
export interface FileSocketClient extends AsyncDisposable {
  /**
   * Renders a program.
   *
   * @throws {FileSocketError} with a code from the README.
   * @throws {RangeError} for a `timeoutMs` out of range, or an `into` of the wrong length.
   */
  render(source: string, options?: ClientRenderOptions): Promise<ClientReply>;
  /**
   * Renders every frame of an animation.
   *
   * @throws as `render` does; {FileSocketError} `FSOCK_TOO_LARGE` if all frames together exceed a limit of the server, and
   * `FSOCK_BAD_REQUEST` if the server is older than animations.
   */
  renderFrames(source: string, options?: ClientFramesOptions): Promise<ClientFrames>;
  /** Resolves with the round-trip time in milliseconds. */
  ping(options?: ClientPingOptions): Promise<number>;
  /** Rejects the calls in progress with `FSOCK_CLOSED`, withdraws their requests, and ends the lease. */
  close(): Promise<void>;
}
