import { languageCard, programGrammar, programSchema } from "@gvpie/pxl-parser/authoring";
import { defineCommand, type Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { print, printJson } from "../output.ts";
import { TerminalText } from "../terminal-text.ts";

export const language: Command = defineCommand({
  usage: "",
  positionals: [0, 0],
  details: [
    "Prints a card of at most 900 tokens, for the prompt of a language model. The grammar and the schema are for",
    "constrained decoding: they cover a subset, in which every output is a program without errors.",
  ].join("\n"),
  examples: [
    ["gvpie language > card.txt", "for the prompt of a language model"],
    ["gvpie language --grammar gbnf > gvpie.gbnf", "the grammar for llama.cpp"],
    ["gvpie language --schema > gvpie.schema.json", "the schema for other inference servers"],
  ],
  seeAlso: ["check"],
  options: {
    grammar: { type: "string", value: "name", help: "print a grammar of a subset", choices: ["gbnf"] },
    schema: { type: "boolean", help: "print a JSON Schema of a subset" },
  },
  run({ grammar, schema }) {
    if (grammar !== undefined && schema) throw new UsageError("--grammar and --schema cannot be combined");
    if (schema) {
      printJson(programSchema());
    } else {
      print(TerminalText.trust(grammar === undefined ? languageCard() : programGrammar()));
    }
  },
});
