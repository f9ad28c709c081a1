// The suite for a browser: the same package, unmodified, through `navigator.gpu`.
import { runSuite } from "./suite.ts";

Object.assign(globalThis, { runSuite });
