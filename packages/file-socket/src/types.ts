import type { Clock } from "./process/clock.ts";

/** The pixels that answer a request. */
export interface RenderReply {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Raw RGBA, `width * height * 4` bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** What drew it, e.g. `cpu`. */
  readonly backend: string;
  /** The adapter that drew it, e.g. `cpu`. */
  readonly adapter: string;
}

/**
 * Values for the parameters of a program, by name: at most 256. A name is an ASCII letter or `_`, then up to 63 letters,
 * digits and `_`. A value is a text of at most 65,536 UTF-16 code units, or an integer that a double holds exactly.
 */
export type RequestParams = Readonly<Record<string, string | number>>;

/** A validated command for the renderer. */
export interface RenderRequest {
  /** Source text of the program. */
  readonly code: string;
  /** Pixels, 1 … 2³²−1; the handler applies its own limits. */
  readonly width: number;
  /** Pixels, 1 … 2³²−1; the handler applies its own limits. */
  readonly height: number;
  /** `#rrggbbaa`, or undefined for the default. */
  readonly background: string | undefined;
  /** Values for the program's parameters, or undefined where the request has none. */
  readonly params: RequestParams | undefined;
}

/** What a handler knows about the request it serves. */
export interface RenderContext {
  /** Aborted at the deadline, when a newer slot command waits, and when the server must end. */
  readonly signal: AbortSignal;
  /** Milliseconds on the server's monotonic clock, by default that of `performance.now()`. */
  readonly deadline: number;
  readonly via: "slot" | "spool";
}

/**
 * Draws. Throws a {@link RequestError} for a refusal that the client should see as it is; anything else is `internal`.
 * The reply's `data` is written out before the event loop turns again, so a synchronous handler may reuse one buffer.
 */
export type RenderHandler = (
  request: RenderRequest,
  context: RenderContext,
) => RenderReply | Promise<RenderReply>;

/** One remark about a program, as the parser reports it. */
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

/** How a request ended. */
export type ReplyStatus =
  | "ok"
  | "bad_request"
  | "bad_program"
  | "too_large"
  | "busy"
  | "expired"
  | "internal"
  | "poison";

/** What one server accepts. Published in `server.json`. */
export interface ServerLimits {
  /** Bytes of one request file. Default 32 MiB; at most 64 MiB. */
  readonly requestBytes: number;
  /** Pixels of one canvas. Default 16,777,216; at most 67,108,864. */
  readonly pixels: number;
  /** Milliseconds that a spool request lives when it does not say. Default 10,000; at most 60,000. */
  readonly ttlMs: number;
  /** Milliseconds that a slot command may render. Default 1,500; at most 1,900. */
  readonly slotMs: number;
  /** Requests of one client that wait or run. Default 8. */
  readonly outstandingPerClient: number;
  /** Requests that wait or run. Default 256. */
  readonly outstanding: number;
  /** Bytes of all requests that wait or run. Default 64 MiB. */
  readonly queuedBytes: number;
  /** Bytes that stay free on the disk, and at least twice the reply. Default 64 MiB; 0 switches the guard off. */
  readonly minFreeBytes: number;
  /** Renders in flight; one client gets at most half of them, rounded up. Default 8. */
  readonly concurrency: number;
}

/** Something an operator may want to read in a log. */
export interface ServerEvent {
  readonly type:
    | "answered"
    | "refused"
    | "dropped"
    | "quarantined"
    | "purged"
    | "requeued"
    | "storage"
    | "recovered";
  readonly level: "debug" | "info" | "warn" | "error";
  /** One line for people. */
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface FileSocketServerOptions {
  /** The directory to serve. Created with mode 0700 when missing. */
  readonly dir: string;
  readonly render: RenderHandler;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly clock?: Clock | undefined;
  /** Libraries do not log: whoever wants to know listens. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

/** A served directory. */
export interface FileSocketServer extends AsyncDisposable {
  /** The absolute path served. */
  readonly dir: string;
  /** What it accepts. */
  readonly limits: ServerLimits;
  /**
   * Accept nothing new, finish the jobs in hand (for at most 1.5 s; what is unfinished waits for the next server),
   * then release the directory.
   */
  close(): Promise<void>;
}

export interface FileSocketClientOptions {
  /** The served directory. It need not exist yet. */
  readonly dir: string;
}

export interface ClientRenderOptions {
  /** Pixels. Default 128. */
  readonly width?: number | undefined;
  /** Pixels. Default 64. */
  readonly height?: number | undefined;
  /** `#rgb`, `#rrggbb` or `#rrggbbaa`. Default opaque black. */
  readonly background?: string | undefined;
  /** Values for the program's parameters, in place of the defaults of its `PARAM` lines. */
  readonly params?: RequestParams | undefined;
  /**
   * Receives the pixels and is the reply's `data`: `width * height * 4` bytes. Worth it for large pictures, where fresh
   * memory costs more than moving them. Undefined content where the call rejects.
   */
  readonly into?: Uint8ClampedArray | undefined;
  /** Withdraws the request and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 1 … 60,000. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

/** A picture with its history. */
export interface ClientReply extends RenderReply {
  readonly data: Uint8ClampedArray;
  /** Milliseconds the request waited at the server. */
  readonly queuedMs: number;
  /** Milliseconds the renderer took. */
  readonly renderMs: number;
}

export interface ClientPingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, 1 … 60,000. Default 2,000. */
  readonly timeoutMs?: number | undefined;
}

/** One client of a served directory. Many requests may be in flight; what exceeds the server's limit waits here. */
export interface FileSocketClient extends AsyncDisposable {
  /**
   * Render one program.
   *
   * @throws {FileSocketError} with the codes of the README.
   * @throws {RangeError} for a `timeoutMs` out of range, or an `into` of another length.
   */
  render(source: string, options?: ClientRenderOptions): Promise<ClientReply>;
  /** Resolves with the round trip in milliseconds. */
  ping(options?: ClientPingOptions): Promise<number>;
  /** Withdraw what is in flight (it rejects with `FSOCK_CLOSED`) and remove the lease. */
  close(): Promise<void>;
}
