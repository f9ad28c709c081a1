import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

// A bug once: `import … from "node:process"` opens the standard streams, and makes a pipe non-blocking. (Node's own `node:util` opens stderr.)
test.each(["@gvpie/daemon", "@gvpie/daemon/store"])(
  "importing %s leaves stdin and stdout unopened",
  (name) => {
    const program = `
    import { readFileSync } from "node:fs";
    const flags = () => [0, 1].map((fd) => /flags:\\s*(\\d+)/.exec(readFileSync("/proc/self/fdinfo/" + fd, "latin1"))[1]);
    const before = flags();
    await import("${name}");
    console.error(JSON.stringify([before, flags()]));`;
    const args = ["--input-type=module", "--conditions=@gvpie/source", "--eval", program];
    const { stderr } = spawnSync(process.execPath, args, {
      cwd: join(import.meta.dirname, ".."),
      encoding: "utf8",
      stdio: "pipe",
    });
    const [before, after] = JSON.parse(stderr) as unknown[];
    expect(after).toEqual(before);
  },
);
