import { createFileSocketClient } from "@gvpie/file-socket";

// Renders once and does not close: the process must end by itself.
const client = createFileSocketClient({ dir: process.argv[2] ?? "" });
await client.render("x");
