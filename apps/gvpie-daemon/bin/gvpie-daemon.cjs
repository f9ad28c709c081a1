#!/usr/bin/env sh
// 2>/dev/null; { true 3<&0; } 2>/dev/null || exec 0>/dev/null; { true 3>&1; } 2>/dev/null || exec 1</dev/null; true 3>&2 || exec 2</dev/null; PATH="${0%/*}/../../../node_modules/.bin:$PATH"; export PATH; exec node "$0" "$@"
// To Node, the line above is a comment. The shell runs it, ignores the error that // is a directory, and starts Node, in a checkout the
// workspace's own. Node opens a closed stdin, stdout or stderr as /dev/null, where output is lost without an error. The shell
// opens it in the other direction, so that its use fails.
require("@gvpie/app-common/launch")(__dirname);
