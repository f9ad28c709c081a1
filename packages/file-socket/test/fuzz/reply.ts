import { FileSocketError, RequestError } from "@gvpie/file-socket";
import { decodeReply, errorHead, pictureHead, pongHead } from "@gvpie/file-socket/internal";
import { type FuzzTarget, outcomeOf, textMutator } from "@gvpie/testing/fuzz";
import { headMutator } from "./support/mutate-head.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const TIMINGS = { queuedMs: 1.5, renderMs: 2 };

const mutateHeader = textMutator(
  [
    "id",
    "status",
    "width",
    "height",
    "format",
    "bytes",
    "crc32",
    "backend",
    "error",
    "diagnostics",
    "ok",
    "busy",
    "bad_program",
    "RGBA",
    ID,
    "null",
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
    "0",
    "-1",
  ],
  8_192,
);

export const target: FuzzTarget = {
  reads: "replies in the spool, as a client reads them",
  maxCorpusBytes: 1_024,
  weight: 40,
  seeds() {
    const data = new Uint8Array(4 * 2 * 4).fill(200);
    const picture = { width: 4, height: 2, data, backend: "cpu", adapter: "cpu" };
    const refusal = { status: "bad_program", code: "PXL_UNKNOWN_OPCODE", message: "no" } as const;
    return [
      Buffer.concat([pictureHead(ID, picture, TIMINGS), data]),
      pongHead(ID, TIMINGS),
      errorHead(
        ID,
        new RequestError({
          ...refusal,
          diagnostics: [{ severity: "error", code: "X", message: "y", line: 1, column: 1, length: 0 }],
        }),
      ),
      errorHead(
        ID,
        new RequestError({ status: "busy", code: "FSOCK_QUEUE_FULL", message: "busy", retryAfterMs: 5 }),
      ),
    ];
  },
  mutate: headMutator(mutateHeader),
  run(input) {
    try {
      const { header, payload } = decodeReply(input);
      const { width, height } = header;
      // Without them it is not a picture, and a client that requested one rejects it.
      const isPicture = width !== undefined && height !== undefined;
      if (isPicture && payload.length !== width * height * 4) {
        throw new Error(`${payload.length} bytes for ${width} × ${height}`);
      }
      return header.status;
    } catch (error) {
      if (error instanceof FileSocketError) return outcomeOf(error.code, error.message);
      throw error;
    }
  },
};
