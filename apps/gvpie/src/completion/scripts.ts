/** Shells with completion. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/**
 * The scripts that a shell reads. All ask `gvpie completion words`, whose first line is `files` or `words`, and each other line a
 * word, a tab and its meaning.
 */
export const SHELL_SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# To load it: source <(gvpie completion bash)
_gvpie() {
  local reply one
  mapfile -t reply < <(gvpie completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  for one in "\${reply[@]:1}"; do
    COMPREPLY+=("$(printf %q "\${one%%$'\\t'*}")")
  done
  if [[ \${reply[0]} == files ]]; then compopt -o default 2>/dev/null; fi
}
complete -F _gvpie gvpie
`,
  zsh: `#compdef gvpie
# To load it: source <(gvpie completion zsh), after compinit
_gvpie() {
  local -a reply items
  local one
  reply=("\${(@f)$(gvpie completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for one in "\${(@)reply[2,-1]}"; do
    items+=("\${\${one%%$'\\t'*}//:/\\\\:}:\${one#*$'\\t'}")
  done
  if (( $#items )); then _describe gvpie items; fi
  if [[ $reply[1] == files ]]; then _files; fi
}
compdef _gvpie gvpie
`,
  fish: `# To load it: gvpie completion fish | source
function __gvpie_complete
    set -l reply (gvpie completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    test "$reply[1]" = files; and __fish_complete_path (commandline -ct)
    for one in $reply[2..-1]
        echo $one
    end
end
complete -c gvpie -f -a '(__gvpie_complete)'
`,
};
