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
  if (useCompileCache) enableCompileCache();
  var fs = require("fs");
  var path = require("path");
  if (fs.existsSync(path.join(directory, "main.cjs"))) return require(path.join(directory, "main.cjs"));
  var bundled = path.join(directory, "main.mjs");
  var built = path.join(directory, "../dist/main.js");
  void import(require("url").pathToFileURL(fs.existsSync(bundled) ? bundled : built).href);
};

// Node's default cache directory is shared between users; this one is writable by this user alone.
function enableCompileCache() {
  var cache = process.env.XDG_CACHE_HOME || (process.env.HOME && process.env.HOME + "/.cache");
  if (cache) require("module").enableCompileCache(cache + "/gvpie");
}
