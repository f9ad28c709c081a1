export { replaceableAncestor } from "../fs/ancestors.ts";
export { systemClock, type Clock } from "./clock.ts";
export { coalesce } from "./coalesce.ts";
export { failpoint } from "./failpoint.ts";
export { bootId, startTicks } from "./identity.ts";
