// Prints the path of Prometheus's promtool. If it is not installed, Debian's package is downloaded from the machine's package
// mirror and unpacked under .cache/prometheus. Nothing is installed, and root is not required.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = join(dirname(fileURLToPath(import.meta.url)), "..", ".cache");
const UNPACKED = join(CACHE, "prometheus");
const found = ["/usr/bin/promtool", join(UNPACKED, "usr/bin/promtool")].find((path) => existsSync(path));
console.log(found ?? fetchPromtool());

function fetchPromtool() {
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, "prometheus-"));
  try {
    execFileSync("apt-get", ["download", "-q", "prometheus"], {
      cwd: work,
      stdio: "ignore",
      timeout: 120_000,
    });
    const name = readdirSync(work).find((file) => file.endsWith(".deb")) ?? "";
    execFileSync("dpkg-deb", ["-x", join(work, name), join(work, "root")]);
    rmSync(UNPACKED, { recursive: true, force: true });
    renameSync(join(work, "root"), UNPACKED);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return join(UNPACKED, "usr/bin/promtool");
}
