// The entry module of a worker thread that draws with raster-cpu. Some programs make it fail in other ways.
import { serveVerification } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

const NEVER = new Promise<never>(() => {});

/** Ways to fail, by the first line of the program. */
const FAILURES: Readonly<Record<string, () => Promise<never>>> = {
  "#exit": () => process.exit(3),
  "#throw": () => {
    setImmediate(() => {
      throw new Error("thrown later");
    });
    return NEVER;
  },
  "#forever": () => {
    for (;;) Math.random();
  },
  "#never": () => NEVER,
  "#lost": () => {
    const fields = { code: "RASTER_DEVICE_LOST", retry: () => true };
    throw Object.assign(new Error("the device was lost"), fields);
  },
  "#memory": () => {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => i + kept.length));
  },
};

serveVerification({
  render: (program, request) =>
    FAILURES[program.split("\n")[0] as string]?.() ?? renderProgram(program, request),
});
