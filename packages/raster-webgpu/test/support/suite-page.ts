// The suite in a browser: the same package through `navigator.gpu`.
import { runSuite } from "./suite.ts";

Object.assign(globalThis, { runSuite });
