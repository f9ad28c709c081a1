export { replaceableAncestor } from "../fs/ancestors.ts";
export { systemClock, type Clock } from "./clock.ts";
export { failpoint } from "./failpoint.ts";
export { bootId, startTicks } from "./identity.ts";
