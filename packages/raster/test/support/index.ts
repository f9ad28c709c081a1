export { createReferenceRasterizer, renderReference } from "./reference.ts";
