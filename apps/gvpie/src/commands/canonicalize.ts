import { canonicalizeCartridge, readCartridgeMetadata } from "@gvpie/cartridge";
import { defineCommand, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { readPng } from "../input.ts";
import { printBinary, say } from "../output.ts";
import { line } from "../terminal-text.ts";
import { writeFile } from "../write-file.ts";

export const canonicalize: Command = defineCommand({
  usage: "<png|->",
  positionals: [1, 1],
  details: [
    "Writes pixels and texts of a cartridge as render does, without the chunks that change the display in a viewer.",
    "Checksum, time and program are kept. A file whose pixels do not match its checksum is refused.",
    "The program is not drawn: check the result with verify.",
  ].join("\n"),
  examples: [["gvpie canonicalize edited.png -o hello.png", "remove what an image editor has added"]],
  seeAlso: ["verify", "inspect"],
  options: {
    output: { type: "string", short: "o", value: "file|-", help: "output file, required; - is stdout" },
  },
  async run({ output }, [path = ""]) {
    if (output === undefined) throw new UsageError("expected -o <file|->, got no output file");
    const bytes = await canonicalizeCartridge(readPng(path));
    if (output === "-") {
      printBinary(bytes);
      return;
    }
    writeFile(output, bytes);
    const { width, height } = readCartridgeMetadata(bytes);
    say(line`wrote ${output}, ${width}×${height}, ${bytes.length} bytes`);
  },
});
