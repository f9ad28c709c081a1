// The same in a browser.
import { tryDoor } from "./door.ts";

Object.assign(globalThis, { tryDoor });
