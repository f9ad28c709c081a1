import { readVersion } from "@gvpie/app-common";

/** The version of this package. */
export const VERSION: string = readVersion(import.meta.dirname);
