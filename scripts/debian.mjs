// The Debian packages that the browser, imaging, OCR and service tests need.
// Root on Debian or Ubuntu installs them, after a question on a terminal; for other users the command is printed.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { say } from "./setup.mjs";

const needed = [
  "bubblewrap",
  "chromium",
  "faketime",
  "fish",
  "imagemagick",
  "mandoc",
  "optipng",
  "pngcrush",
  "pngquant",
  "python3",
  "python3-cryptography",
  "python3-pil",
  "sqlite3",
  "systemd",
  "tesseract-ocr",
  "tesseract-ocr-deu",
  "tesseract-ocr-ell",
  "tesseract-ocr-rus",
  "xz-utils",
  "zopfli",
  "zsh",
];

/** Installs the missing packages if possible. Never fails: a test without its package is skipped with a message. */
export async function installDebianPackages() {
  const missing = needed.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (!isDebian() || process.getuid() !== 0) {
    say(`Some tests will be skipped. To run all of them on Debian or Ubuntu: sudo ${command}`);
    return;
  }
  if (process.stdin.isTTY && !(await agreed(command))) return;
  say(`Installing ${missing.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { stdio: ["ignore", "ignore", "inherit"], env });
  const [name, ...args] = command.split(" ");
  const { status } = spawnSync(name, args, { stdio: ["ignore", "ignore", "inherit"], env });
  if (status !== 0) {
    say(`The installation failed. Tests that need these packages will be skipped. Command: ${command}`);
  }
}

function isInstalled(name) {
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", "${Status}", name], { encoding: "utf8" });
  return /install ok installed/.test(stdout || "");
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

async function agreed(command) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Some tests need Debian packages. Run "${command}" now? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
