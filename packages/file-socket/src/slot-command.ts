import { RequestError } from "./errors.ts";
import { readFrom, readInto } from "./files.ts";
import { JsonError, type JsonValue, parseJson } from "./json.ts";
import { type Command, slotCommand } from "./request.ts";
import type { ServerLimits } from "./types.ts";

/** Up to this length a command is read whole, complete or not. */
const SMALL_BYTES = 65_536;

/**
 * The JSON in `fd`, which may still be growing.
 *
 * @throws {JsonError}
 */
export function completeJson(fd: number, size: number): JsonValue {
  // Only an object is a command: without its end there is no need to read a large file again and again.
  if (size > SMALL_BYTES) {
    const tail = Buffer.alloc(64);
    readInto(fd, tail, size - tail.length);
    if (!tail.toString("latin1").trimEnd().endsWith("}")) {
      throw new JsonError("expected the end of an object", size);
    }
  }
  return parseJson(readFrom(fd, size));
}

/** The command that a value stands for, or why it is refused. */
export function validated(value: JsonValue, limits: ServerLimits): Command | RequestError {
  try {
    return slotCommand(value, limits);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}
