// Prints the path of Prometheus's promtool. If it is not installed, Debian's package is downloaded from the machine's package
// mirror and unpacked under .cache/prometheus. Nothing is installed, and root is not required.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = join(dirname(fileURLToPath(import.meta.url)), "..", ".cache");
const UNPACKED = join(CACHE, "prometheus");
const PROMTOOL = join(UNPACKED, "usr/bin/promtool");
const found = ["/usr/bin/promtool", PROMTOOL].find((path) => existsSync(path));
console.log(found ?? fetchPromtool());

function fetchPromtool() {
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, "prometheus-"));
  try {
    const deb = download(work);
    execFileSync("dpkg-deb", ["-x", deb, join(work, "root")]);
    moveUnlessThere(join(work, "root"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return PROMTOOL;
}

/** A fresh machine has no lists of packages, or old ones: then they are downloaded too, for this purpose only. */
function download(work) {
  try {
    return downloadWith(work, []);
  } catch {
    mkdirSync(join(work, "lists/partial"), { recursive: true });
    const options = [
      `Dir::State::lists=${join(work, "lists")}`,
      "Dir::Cache::pkgcache=",
      "Dir::Cache::srcpkgcache=",
      "Debug::NoLocking=1",
      "APT::Sandbox::User=",
      "Acquire::Languages=none",
    ].flatMap((option) => ["-o", option]);
    execFileSync("apt-get", [...options, "-q", "update"], { stdio: ["ignore", "ignore", "pipe"] });
    return downloadWith(work, options);
  }
}

function downloadWith(work, options) {
  const stdio = ["ignore", "ignore", "pipe"];
  execFileSync("apt-get", [...options, "-q", "download", "prometheus"], { cwd: work, stdio });
  const name = readdirSync(work).find((file) => file.endsWith(".deb"));
  if (name === undefined) throw new Error("expected apt-get to download the package prometheus, got no file");
  return join(work, name);
}

/** Another process may have been faster. */
function moveUnlessThere(folder) {
  if (!existsSync(PROMTOOL)) rmSync(UNPACKED, { recursive: true, force: true });
  try {
    renameSync(folder, UNPACKED);
  } catch (error) {
    if (!existsSync(PROMTOOL)) throw error;
  }
}
