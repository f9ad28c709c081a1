/**
 * Test support of this package for the repository's verification, under `@gvpie/file-socket/test-support`.
 * The subpath resolves to sources only and is not published.
 */
import { fileURLToPath } from "node:url";

export { ODDITIES, placeVictim, VICTIM } from "./oddities.ts";
export { renderer } from "./renderer.ts";
export { TestClock } from "./test-clock.ts";

/** A program that runs a server with {@link renderer}; its argument is `{ dir, limits, uid }` as JSON. */
export const SERVER_PROCESS: string = fileURLToPath(new URL("server-process.ts", import.meta.url));
/** A Python program that sends many commands through the slot as an old client does. */
export const SLOT_LOAD: string = fileURLToPath(new URL("slot_load.py", import.meta.url));
