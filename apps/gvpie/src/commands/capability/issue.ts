import { issueCapability } from "@gvpie/capability";
import { privateKey, publicKey } from "../../capability/files.ts";
import { LIMIT_OPTIONS, LIMITS_DETAILS, readLimits } from "../../capability/limit-options.ts";
import { currentSecond } from "../../capability/time.ts";
import { OUTPUT_OPTION, writeToken } from "../../capability/write-token.ts";
import { defineCommand, type Command } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { say } from "../../output.ts";

export const issue: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "Writes a capability for the holder of the key --to, signed by the root key. Only that holder can use it, so it is not",
    "secret. --root-key, --to and --audience are required. Where no limit is given, that of the server applies.",
    LIMITS_DETAILS,
  ].join("\n"),
  examples: [
    [
      "gvpie capability issue --root-key root --to mine.pub --audience server.pub --expires 30d -o new.cap",
      "for thirty days, with the limits of the server",
    ],
    [
      "gvpie capability issue --root-key root --to mine.pub --audience server.pub --pixels 65536 > small.cap",
      "for pictures of at most 256×256",
    ],
  ],
  options: {
    "root-key": { type: "string", value: "file", help: "private key that signs the capability" },
    to: { type: "string", value: "file.pub", help: "public key of the holder" },
    ...LIMIT_OPTIONS,
    seal: { type: "boolean", help: "the holder cannot narrow the capability for another holder" },
    output: OUTPUT_OPTION,
  },
  async run(values) {
    const { "root-key": root, to, seal, output } = values;
    const now = currentSecond();
    if (root === undefined) {
      throw new UsageError("expected --root-key <file>; gvpie capability keygen root creates a key");
    }
    if (to === undefined) {
      throw new UsageError(
        "expected --to <file.pub>, the public key of the holder; gvpie capability keygen creates one",
      );
    }
    const limits = await readLimits(values, now);
    if (limits.audience === undefined) {
      throw new UsageError(
        "expected --audience <file.pub|thumbprint>, the public key of the server; gvpie-daemon logs its thumbprint",
      );
    }
    const text = await issueCapability({
      rootKey: privateKey("--root-key", root),
      to: publicKey("--to", to),
      limits,
      sealed: seal,
    });
    await writeToken(text, output, now);
    if (limits.expires === undefined) {
      say("note: it does not expire; --expires 30d ends it, and gvpie capability revoke at any time");
    }
  },
});
