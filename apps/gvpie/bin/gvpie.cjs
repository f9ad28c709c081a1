#!/usr/bin/env node
// Plain syntax only: this file must run, and explain itself, on any Node.
var found = process.versions.node.split(".").map(Number);
var supported =
  (found[0] === 22 && (found[1] > 22 || (found[1] === 22 && found[2] >= 2))) ||
  (found[0] === 24 && found[1] >= 15) ||
  found[0] >= 26;
if (supported) {
  start();
} else {
  console.error(
    "This command needs Node ^22.22.2, ^24.15.0 or >=26, and was started by Node " +
      process.versions.node +
      ".",
  );
  console.error("Install a current Node from https://nodejs.org, or run it where one is first on the PATH.");
  process.exit(78);
}

function start() {
  keepCompiled();
  var bundle = require("path").join(__dirname, "../bundle/gvpie.cjs");
  if (require("fs").existsSync(bundle)) require(bundle);
  // A checkout runs what was built last.
  else void import("../dist/main.js");
}

// Compiled code is kept from run to run where only this user can write; Node's own default is a folder that all share.
function keepCompiled() {
  var cache = process.env.XDG_CACHE_HOME || (process.env.HOME && process.env.HOME + "/.cache");
  if (cache) require("module").enableCompileCache(cache + "/gvpie");
}
