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
}

/** Draws. Throws a {@link RequestError} for a refusal that the client should see as it is; anything else is `internal`. */
export type RenderHandler = (
  request: RenderRequest,
  context: { readonly signal: AbortSignal; readonly deadline: number; readonly via: "slot" | "spool" },
) => RenderReply | Promise<RenderReply>;

/** One remark about a program, as the parser reports it. */
export interface WireDiagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}
