// Draws programs in a thread of their own.
import { serveVerification } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

serveVerification({ render: renderProgram });
