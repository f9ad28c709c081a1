export { OldSlotClient } from "./old-slot-client.ts";
export { pattern, type PatternRequest } from "./pattern.ts";
export { RawSpoolClient } from "./raw-spool-client.ts";
export { readSpoolReply, type SpoolReply, type SpoolReplyHeader } from "./spool-reply.ts";
