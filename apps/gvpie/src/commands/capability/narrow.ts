import { inspectCapability, narrowCapability, thumbprintOf, type PrivateKey } from "@gvpie/capability";
import { effectsOfLastBlock } from "../../capability/effects.ts";
import { privateKey, publicKey, readToken } from "../../capability/files.ts";
import { LIMIT_OPTIONS, LIMITS_DETAILS, readLimits } from "../../capability/limit-options.ts";
import { currentSecond } from "../../capability/time.ts";
import { OUTPUT_OPTION, writeToken } from "../../capability/write-token.ts";
import { defineCommand, type Command } from "../../command.ts";
import { CommandError, UsageError } from "../../errors.ts";
import { say } from "../../output.ts";
import { line } from "../../terminal-text.ts";

export const narrow: Command = defineCommand({
  usage: "<capability|->",
  positionals: [1, 1],
  details: [
    "Adds a block to a capability: the holder of the key --to may do what all blocks allow, and no more.",
    "--key is the private key of the present holder. No connection is needed, and the issuer need not agree.",
    LIMITS_DETAILS,
  ].join("\n"),
  examples: [
    [
      "gvpie capability narrow mine.cap --key mine --to script.pub --backends cpu --expires 12h -o script.cap",
      "for a script, for twelve hours",
    ],
  ],
  options: {
    key: { type: "string", value: "file", help: "private key of the present holder" },
    to: {
      type: "string",
      value: "file.pub",
      help: "public key of the next holder",
    },
    ...LIMIT_OPTIONS,
    seal: { type: "boolean", help: "the next holder cannot narrow the capability for another holder" },
    output: OUTPUT_OPTION,
  },
  async run(values, [path = ""]) {
    const { key, to, seal, output } = values;
    const now = currentSecond();
    if (key === undefined) {
      throw new UsageError("expected --key <file>, the private key of the capability's holder");
    }
    if (to === undefined) {
      throw new UsageError(
        "expected --to <file.pub>, the public key of the next holder; gvpie capability keygen creates one",
      );
    }
    const limits = await readLimits(values, now);
    const text = readToken(path);
    const holder = privateKey("--key", key);
    await checkHolder(text, holder, key);
    const narrowed = await narrowCapability(text, {
      key: holder,
      to: publicKey("--to", to),
      limits,
      sealed: seal,
    });
    const capability = await writeToken(narrowed, output, now);
    for (const note of effectsOfLastBlock(capability)) say(line`note: ${note}`);
  },
});

/** Refuses another key than that of the last block, with names that the user knows. */
async function checkHolder(text: string, key: PrivateKey, file: string): Promise<void> {
  const { key: expected } = await inspectCapability(text);
  if (expected.x === key.x) return;
  const [wanted, got] = await Promise.all([thumbprintOf(expected), thumbprintOf(key)]);
  throw new CommandError(
    "CAP_WRONG_KEY",
    `--key: expected the private key of the holder, key ${wanted}, got ${file}, key ${got}`,
  );
}
