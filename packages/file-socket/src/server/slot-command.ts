import { RequestError } from "../errors.ts";
import { readFrom, readInto } from "../fs/files.ts";
import { JsonError, type JsonValue, parseJson } from "../protocol/json.ts";
import { type Command, slotCommand } from "../protocol/request.ts";
import type { ServerLimits } from "../types.ts";

/** Commands of up to this many bytes are read completely at every attempt. */
const SMALL_BYTES = 65_536;

/**
 * Parses the JSON in `fd`, which the client may still be writing.
 *
 * @throws {JsonError}
 */
export function readCommand(fd: number, size: number): JsonValue {
  // A command is an object. A large file that does not end in "}" is incomplete; do not read it again and again.
  if (size > SMALL_BYTES) {
    const tail = Buffer.alloc(64);
    readInto(fd, tail, size - tail.length);
    if (!tail.toString("latin1").trimEnd().endsWith("}")) {
      throw new JsonError("expected the end of an object", size);
    }
  }
  return parseJson(readFrom(fd, size));
}

/** Returns the command in `value`, or the error that refuses it. */
export function validateCommand(value: JsonValue, limits: ServerLimits): Command | RequestError {
  try {
    return slotCommand(value, limits);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}
