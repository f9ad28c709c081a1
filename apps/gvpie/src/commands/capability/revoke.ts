import { addRevocation } from "@gvpie/app-common/capability";
import { inspectCapability } from "@gvpie/capability";
import { isHash, readToken } from "../../capability/files.ts";
import { defineCommand, integerOption, type Command } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { inputName } from "../../input.ts";
import { say } from "../../output.ts";
import { line, type TerminalText } from "../../terminal-text.ts";

export const revoke: Command = defineCommand({
  usage: "<capability|id|->",
  positionals: [1, 1],
  details: [
    "Adds a block to the file that daemons watch with --revoked: the last block of a capability, another one with --block,",
    "or the one with the id. Every capability that contains the block is refused from then on, without a restart.",
  ].join("\n"),
  examples: [["gvpie capability revoke mine.cap --revoked revoked.txt", "refuse it from now on"]],
  options: {
    revoked: {
      type: "string",
      value: "file",
      help: "file of revoked blocks, created if it is missing; required",
    },
    block: { type: "string", value: "number", help: "number of the block from 1; default the last one" },
  },
  async run({ revoked, block }, [target = ""]) {
    if (revoked === undefined) {
      throw new UsageError("expected --revoked <file>, the file that the daemon was started with");
    }
    const { id, name } = await findBlock(target, block);
    const isNew = addRevocation(revoked, id, `${new Date().toISOString()} ${name.text}`);
    say(
      isNew
        ? line`revoked ${name}, ${id}, and every capability that was narrowed from it`
        : line`${name}, ${id}, was revoked before`,
    );
  },
});

async function findBlock(
  target: string,
  block: string | undefined,
): Promise<{ readonly id: string; readonly name: TerminalText }> {
  if (isHash(target)) {
    if (block !== undefined) throw new UsageError("--block: expected a capability, got the id of a block");
    return { id: target, name: line`a block` };
  }
  const { blocks } = await inspectCapability(readToken(target));
  const number = block === undefined ? blocks.length : integerOption("--block", block, 1, blocks.length);
  const { id } = blocks[number - 1] ?? blocks[0];
  return { id, name: line`block ${number} of ${blocks.length} of ${inputName(target)}` };
}
