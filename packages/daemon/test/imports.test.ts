import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

// A bug once: `import … from "node:process"` opens all three streams, and makes a pipe non-blocking for all its users.
test.each(["@gvpie/daemon", "@gvpie/daemon/store"])(
  "importing %s leaves the standard streams unopened",
  (name) => {
    const program = `
    import { readFileSync } from "node:fs";
    const flags = () => [0, 1, 2].map((fd) => /flags:\\s*(\\d+)/.exec(readFileSync("/proc/self/fdinfo/" + fd, "latin1"))[1]);
    const before = flags();
    await import("${name}");
    console.error(JSON.stringify([before, flags()]));`;
    const args = ["--input-type=module", "--conditions=@gvpie/source", "--eval", program];
    const { stderr } = spawnSync(process.execPath, args, {
      cwd: join(import.meta.dirname, ".."),
      encoding: "utf8",
    });
    const [before, after] = JSON.parse(stderr) as unknown[];
    expect(after).toEqual(before);
  },
);
