import { createFileSocketClient } from "@gvpie/file-socket";

// Does not close the client: the process must end by itself.
const client = createFileSocketClient({ dir: process.argv[2] ?? "" });
await client.render("x");
