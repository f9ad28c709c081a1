import { execFileSync } from "node:child_process";
import { NotShown } from "../row.ts";
import { faultKitPath } from "./servers.ts";

type Found = Readonly<
  Record<string, { readonly icd?: string; readonly ldLibraryPath?: string; readonly missing?: string }>
>;

/**
 * The environment in which a process sees one GPU driver that needs no card.
 *
 * @throws {NotShown} where none can be had
 */
export function gpuDriverEnvironment(): Record<string, string> {
  const script = faultKitPath("../../scripts/gpu-drivers.mjs");
  const found = JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8" })) as Found;
  for (const name of ["lavapipe", "swiftshader"]) {
    const { icd, ldLibraryPath } = found[name] ?? {};
    if (icd === undefined) continue;
    return {
      VK_DRIVER_FILES: icd,
      VK_ICD_FILENAMES: icd,
      XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? "/tmp",
      ...(ldLibraryPath !== undefined && { LD_LIBRARY_PATH: ldLibraryPath }),
    };
  }
  throw new NotShown(
    `there is no GPU driver: ${Object.values(found)
      .map(({ missing }) => missing)
      .join("; ")}`,
  );
}
