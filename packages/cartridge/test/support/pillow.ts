import { execFileSync } from "node:child_process";
import type { TestContext } from "vitest";
import { skipVisibly } from "@gvpie/testing";

/** Debian's Pillow belongs to the system's Python, even if another Python comes first on the PATH. */
const PYTHONS = ["/usr/bin/python3", "python3"];

function findPillow(): string | undefined {
  return PYTHONS.find((python) => {
    try {
      execFileSync(python, ["-c", "import PIL.Image"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

const python = findPillow();

/** Skips the running test if Pillow is not installed. */
export function requirePillow(context: TestContext): void {
  if (python === undefined) {
    skipVisibly(context, "no Pillow: install it (Debian: apt-get install python3-pil)");
  }
}

/** Runs a script that has `Image` and the JSON value `data`, and returns the JSON that it prints. */
export function runPillow(script: string, data: unknown): unknown {
  const prelude =
    "import hashlib, json, sys\nfrom PIL import Image, PngImagePlugin\ndata = json.load(sys.stdin)\n";
  const output = execFileSync(python ?? "python3", ["-W", "ignore", "-c", prelude + script], {
    input: JSON.stringify(data),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output);
}
