import { writeKeyPair } from "@gvpie/app-common/capability";
import { thumbprintOf } from "@gvpie/capability";
import { defineCommand, type Command } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { print, printJson, say } from "../../output.ts";
import { line } from "../../terminal-text.ts";

export const keygen: Command = defineCommand({
  usage: "<file>",
  positionals: [1, 1],
  details: [
    "Writes the private key to <file>, with mode 0600, and the public key to <file>.pub. Existing files are not replaced.",
    "Prints the thumbprint, which names the key: servers log theirs when they start.",
  ].join("\n"),
  examples: [["gvpie capability keygen laptop", "write the keys laptop and laptop.pub"]],
  options: { json: { type: "boolean", help: "print the thumbprint and the files as JSON" } },
  async run({ json }, [path = ""]) {
    if (path.endsWith(".pub")) {
      const name = path.slice(0, -".pub".length);
      throw new UsageError(
        `expected the file of the private key, such as "${name}"; "${path}" is written beside it`,
      );
    }
    if (path === "" || path === "-") throw new UsageError(`expected the name of a new file, got "${path}"`);
    const thumbprint = await thumbprintOf(writeKeyPair(path));
    if (json) {
      printJson({ thumbprint, privateKey: path, publicKey: `${path}.pub` });
      return;
    }
    say(line`created ${path}, the private key, and ${path}.pub, the public key with the thumbprint`);
    print(`${thumbprint}\n`);
  },
});
