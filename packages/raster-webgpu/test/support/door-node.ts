// `node door-node.ts`: tries the door of the package on the adapter that it finds, and prints the outcomes as JSON.
import { tryDoor } from "./door.ts";

console.log(JSON.stringify(await tryDoor()));
