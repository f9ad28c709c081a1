/** The entry module of a worker thread. Decodes and verifies one cartridge after another; its caller draws. */
import { serveVerification } from "@gvpie/cartridge";

serveVerification();
