import { readRevocations } from "@gvpie/app-common/capability";
import { CapabilityError, thumbprintOf, verifyCapability, type Capability } from "@gvpie/capability";
import { describeValidity } from "../../capability/explain.ts";
import { publicKey, readThumbprint, readToken } from "../../capability/files.ts";
import { currentSecond } from "../../capability/time.ts";
import { defineCommand, type Command } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { inputName } from "../../input.ts";
import { print, printJson, say } from "../../output.ts";
import { styleFor } from "../../style.ts";
import { line } from "../../terminal-text.ts";

const REFUSED = 1;

export const verify: Command = defineCommand({
  usage: "<capability|->",
  positionals: [1, 1],
  details: [
    "Verifies every signature, the form, the time and, if they are given, the server and the revocations, as a server does.",
  ].join("\n"),
  examples: [
    [
      "gvpie capability verify mine.cap --root-key root.pub --server server.pub",
      "would the server accept it now?",
    ],
  ],
  exitCodes: [
    ["0", "The capability is valid."],
    ["1", "It is not; the message and --json have a code."],
    ["2", "Wrong usage."],
  ],
  options: {
    "root-key": {
      type: "string",
      multiple: true,
      value: "file.pub",
      help: "public root key to trust; required",
    },
    server: {
      type: "string",
      value: "server",
      help: "server that the capability must be for: file.pub, or thumbprint",
    },
    revoked: { type: "string", value: "file", help: "file of revoked blocks" },
    json: { type: "boolean", help: "print the result as JSON" },
  },
  async run({ "root-key": rootKeys, server, revoked, json }, [path = ""]) {
    if (rootKeys.length === 0) {
      throw new UsageError("expected --root-key <file.pub>, the public key of an issuer that you trust");
    }
    const roots = rootKeys.map((file) => publicKey("--root-key", file));
    const audience = server === undefined ? undefined : await readThumbprint("--server", server);
    const isRevoked = revoked === undefined ? undefined : revokedIn(revoked);
    const file = inputName(path);
    try {
      const capability = await verifyCapability(readToken(path), {
        roots,
        ...(audience !== undefined && { audience }),
        ...(isRevoked !== undefined && { isRevoked }),
      });
      await report(file, capability, json);
      if (server === undefined) say("note: any server is accepted without --server");
      if (revoked === undefined) say("note: revocations are not checked without --revoked");
      return 0;
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error;
      const { code, message, block, limit } = error;
      if (json) printJson({ file, status: "refused", code, message, block, limit });
      else print(line`${styleFor("stdout")("red", "refused")} ${file}: ${code}: ${message}\n`);
      return REFUSED;
    }
  },
});

function revokedIn(path: string): (id: string) => boolean {
  const { ids } = readRevocations(path);
  return (id) => ids.has(id);
}

async function report(file: string, capability: Capability, json: boolean): Promise<void> {
  const { root, key, blocks, limits } = capability;
  const holder = await thumbprintOf(key);
  if (json) {
    printJson({ file, status: "valid", root, holder, blocks: blocks.map(({ id }) => id), limits });
    return;
  }
  const validity = describeValidity(capability, currentSecond());
  print(line`${styleFor("stdout")("green", "valid")} ${file}: a capability for key ${holder}, ${validity}\n`);
}
