export { createFileSocketClient } from "./client/client.ts";
export {
  FileSocketError,
  type FileSocketErrorCode,
  type Refusal,
  RequestError,
  type RequestErrorCode,
} from "./errors.ts";
export type { Clock } from "./process/clock.ts";
export { readServerStatus } from "./client/server-status.ts";
export { DEFAULT_SERVER_LIMITS } from "./server/limits.ts";
export { createFileSocketServer } from "./server/server.ts";
export type {
  AuditRecord,
  ClientCapability,
  ClientFrames,
  ClientFramesOptions,
  ClientPingOptions,
  ClientRenderOptions,
  ClientReply,
  FileSocketClient,
  FileSocketClientOptions,
  FileSocketServer,
  FileSocketServerOptions,
  FrameAnimation,
  GrantUse,
  RenderContext,
  RenderHandler,
  RenderReply,
  RenderRequest,
  ReplyStatus,
  RequestAuthority,
  RequestGrant,
  RequestParams,
  ServerAbout,
  ServerCapabilities,
  ServerEvent,
  ServerLimits,
  ServerLoad,
  ServerStatus,
  WireDiagnostic,
} from "./types.ts";
