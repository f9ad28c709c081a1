import { defineCommand, type Command } from "../command.ts";
import { complete } from "../completion/candidates.ts";
import { SHELL_SCRIPTS, SHELLS } from "../completion/scripts.ts";
import { UsageError } from "../errors.ts";
import { print } from "../output.ts";
import { TerminalText } from "../terminal-text.ts";

export const completion: Command = defineCommand({
  usage: "<bash|zsh|fish>",
  positionals: [1, Infinity],
  details: [
    "Prints the script that completes commands, options, their values and the names of scripts in a shell.",
    "It asks `gvpie completion words -- <words>`, which prints the words that can stand at the end of a command line.",
  ].join("\n"),
  examples: [
    ["source <(gvpie completion bash)", "in ~/.bashrc; for Zsh the same with zsh, after compinit"],
    ["gvpie completion fish > ~/.config/fish/completions/gvpie.fish", "once, for fish"],
  ],
  options: {},
  async run(_, [shell = "", ...words]) {
    if (shell === "words") {
      const { words: found, files } = await complete(words, process.env);
      print(
        TerminalText.trust(
          [files ? "files" : "words", ...found.map(({ text, help }) => `${text}\t${help}`), ""].join("\n"),
        ),
      );
      return;
    }
    const known = SHELLS.find((one) => one === shell);
    if (known === undefined || words.length > 0) {
      throw new UsageError(`expected bash, zsh or fish, got "${[shell, ...words].join(" ")}"`);
    }
    print(TerminalText.trust(SHELL_SCRIPTS[known]));
  },
});
