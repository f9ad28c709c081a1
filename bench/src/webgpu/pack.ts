// Makes .cache/webgpu-bench: a folder that runs raster-webgpu's test suite and bench on a bare x86-64 Linux machine with a
// graphics card. The machine needs no Node, npm or network.
//
//   (cd bench && pnpm install --frozen-lockfile)
//   node bench/src/webgpu/pack.ts
//   (on that machine) sh .cache/webgpu-bench/run.sh RESULTS
//
// RESULTS then holds report.md, bench.json and suite.json.

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const folder = join(root, ".cache/webgpu-bench");

const RUN = `#!/bin/sh
# Runs the suite and the bench, and writes the results to the folder given as argument, by default ./results.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=\${1:-results}
mkdir -p "$out"
unpack() {
  [ -e "$2" ] || xz -dc "$1" >"$2" 2>/dev/null ||
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$1" "$2"
}
run=$(mktemp -d)
mkdir -p "$run/node_modules/webgpu/dist/linux-x64"
unpack "$here/node.xz" "$run/node"
chmod +x "$run/node"
cp "$here/index.js" "$here/package.json" "$run/node_modules/webgpu/"
unpack "$here/dawn.node.xz" "$run/node_modules/webgpu/dist/linux-x64/dawn.node"
cp "$here"/*.mjs "$run/"
if ! PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q libvulkan.so.1; then
  mkdir "$run/lib"
  cp "$here/libvulkan.so.1" "$run/lib/"
  export LD_LIBRARY_PATH="$run/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
if [ -z "\${VK_DRIVER_FILES:-}" ] && ! ls /etc/vulkan/icd.d/* /usr/share/vulkan/icd.d/* >/dev/null 2>&1; then
  for icd in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json; do
    [ -e "$icd" ] && export VK_DRIVER_FILES="$icd"
  done
fi
export XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-$run}"
status=0
"$run/node" "$run/conformance.mjs" "$out/suite.json" >"$out/report.md" || status=$?
"$run/node" "$run/measure.mjs" --json "$out/bench.json" \${BENCH_FLAGS:-} >>"$out/report.md" || status=$?
cat "$out/report.md"
rm -rf "$run"
exit $status
`;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(here, "conformance.ts"), join(here, "measure.ts")],
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  conditions: ["@gvpie/source"],
  external: ["webgpu"],
});
const dawn = join(root, "packages/raster-webgpu/node_modules/webgpu");
for (const file of ["index.js", "package.json"]) copyFileSync(join(dawn, file), join(folder, file));
compress(join(dawn, "dist/linux-x64/dawn.node"), "dawn.node.xz");
compress(process.execPath, "node.xz");
copyFileSync(findVulkanLoader(), join(folder, "libvulkan.so.1"));
writeFileSync(join(folder, "run.sh"), RUN, { mode: 0o755 });
const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
console.log(`${folder}: ${(bytes / 2 ** 20).toFixed(1)} MiB`);

function compress(from: string, name: string): void {
  const packed = execFileSync("xz", ["-T0", "-6", "-c", from], { maxBuffer: 2 ** 28 });
  writeFileSync(join(folder, name), packed);
}

function findVulkanLoader(): string {
  const drivers = JSON.parse(
    execFileSync(process.execPath, [join(root, "scripts/gpu-drivers.mjs")], { encoding: "utf8" }),
  );
  const folders = [
    drivers.lavapipe.ldLibraryPath,
    drivers.swiftshader.ldLibraryPath,
    "/usr/lib/x86_64-linux-gnu",
  ];
  const found = folders.map((path) => join(path ?? "", "libvulkan.so.1")).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`expected libvulkan.so.1 in one of ${folders.join(", ")}, got none: install libvulkan1`);
}
