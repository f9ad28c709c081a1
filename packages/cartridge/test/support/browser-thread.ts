// The entry module of a Web Worker that draws with raster-cpu. Two programs make it fail.
import { serveVerification } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

serveVerification({
  render(program, request) {
    if (program === "#forever") for (;;) Math.random();
    if (program !== "#throw") return renderProgram(program, request);
    setTimeout(() => {
      throw new Error("thrown later");
    });
    return new Promise(() => {});
  },
});
