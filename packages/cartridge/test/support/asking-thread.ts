// The entry module of a worker thread that draws nothing: it asks its caller.
import { serveVerification } from "@gvpie/cartridge";

serveVerification();
