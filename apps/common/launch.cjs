// Old syntax only: an unsupported Node must get as far as the message below.

/**
 * Starts the app whose `bundle/` or, in a checkout, `bin/` is `directory`.
 *
 * @param useCompileCache keeps compiled code between starts; only a CommonJS bundle gains from it.
 */
module.exports = function launch(directory, useCompileCache) {
  var version = process.versions.node.split(".").map(Number);
  var isSupported =
    (version[0] === 22 && (version[1] > 22 || (version[1] === 22 && version[2] >= 2))) ||
    (version[0] === 24 && version[1] >= 15) ||
    version[0] >= 26;
  if (!isSupported) {
    console.error("expected Node ^22.22.2, ^24.15.0 or >=26, got " + process.versions.node + ".");
    console.error("Install a current Node from https://nodejs.org, or put one first on the PATH.");
    process.exit(78);
  }
  refuseDebugger();
  if (useCompileCache) enableCompileCache();
  var fs = require("fs");
  var path = require("path");
  if (fs.existsSync(path.join(directory, "main.cjs"))) return require(path.join(directory, "main.cjs"));
  var bundled = path.join(directory, "main.mjs");
  var built = path.join(directory, "../dist/main.js");
  import(require("url").pathToFileURL(fs.existsSync(bundled) ? bundled : built).href).catch(refuseToStart);
};

// On SIGUSR1, Node opens a debugger on a port that every user of the machine may connect to. A listener prevents that. If a
// signal opened one while Node itself started, the process ends, because a debugger with a client cannot be closed. A debugger
// that `--inspect` asks for stays.
function refuseDebugger() {
  process.on("SIGUSR1", function () {});
  var flags = process.execArgv.concat(process.env.NODE_OPTIONS || "").join(" ");
  if (flags.indexOf("--inspect") !== -1) return;
  var check = function () {
    if (!require("inspector").url()) return;
    console.error(
      "SIGUSR1 opened a debugger while Node started, for every user of this machine; start again",
    );
    // Any other end waits until the debugger's client has gone.
    process.kill(process.pid, "SIGKILL");
  };
  // Node opens it in another thread, and so perhaps a moment later. Most runs of `gvpie` end earlier, and do not load the module.
  [100, 300, 1000].forEach(function (ms) {
    setTimeout(check, ms).unref();
  });
}

// Too few descriptors to load the modules. Any other error is unexpected: Node prints its stack.
function refuseToStart(error) {
  if (!error || (error.code !== "EMFILE" && error.code !== "ENFILE")) throw error;
  console.error(error.message + "; raise the limit of open files (ulimit -n)");
  process.exit(75);
}

// Node's default cache directory is shared between users. Compiled code is as good as code: this directory is used only if
// no other user can change it.
function enableCompileCache() {
  var home = process.env.HOME;
  // A service user may have a home that does not exist, such as /nonexistent.
  if (home && !require("fs").existsSync(home)) home = undefined;
  var cache = process.env.XDG_CACHE_HOME || (home && home + "/.cache");
  var directory = cache && trustedDirectory(require("path").join(cache, "gvpie"));
  if (directory) require("module").enableCompileCache(directory);
}

/** Returns the real path of a directory that belongs to this user; creates it. Undefined if another user can change it. */
function trustedDirectory(directory) {
  var fs = require("fs");
  var path = require("path");
  if (!path.isAbsolute(directory) || !process.geteuid) return undefined;
  var user = process.geteuid();
  try {
    var existing = directory;
    var missing = [];
    while (!fs.existsSync(existing)) {
      missing.unshift(path.basename(existing));
      existing = path.dirname(existing);
    }
    var real = fs.realpathSync(existing);
    for (var parent = real; ; parent = path.dirname(parent)) {
      var stats = fs.statSync(parent);
      var isOurs = stats.uid === user || stats.uid === 0;
      // In a sticky directory, such as /tmp, other users cannot replace a directory of this user.
      if (!isOurs || ((stats.mode & 18) !== 0 && (stats.mode & 512) === 0)) return undefined;
      if (parent === path.dirname(parent)) break;
    }
    // Not `recursive`: below /proc, that never returns.
    for (var i = 0; i < missing.length; i++) {
      real = path.join(real, missing[i]);
      fs.mkdirSync(real, 448);
    }
    var own = fs.lstatSync(real);
    return own.isDirectory() && own.uid === user && (own.mode & 18) === 0 ? real : undefined;
  } catch (error) {
    return void error;
  }
}
